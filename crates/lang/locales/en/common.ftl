# Dates, times, numbers: the patterns that crates/lang/src/format.rs puts together.

weekday-monday = Monday
weekday-tuesday = Tuesday
weekday-wednesday = Wednesday
weekday-thursday = Thursday
weekday-friday = Friday
weekday-saturday = Saturday
weekday-sunday = Sunday

month-january = January
month-february = February
month-march = March
month-april = April
month-may = May
month-june = June
month-july = July
month-august = August
month-september = September
month-october = October
month-november = November
month-december = December

month-january-short = Jan
month-february-short = Feb
month-march-short = Mar
month-april-short = Apr
month-may-short = May
month-june-short = Jun
month-july-short = Jul
month-august-short = Aug
month-september-short = Sep
month-october-short = Oct
month-november-short = Nov
month-december-short = Dec

date-long = { $weekday }, { $day } { $month } { $year }
date-medium = { $day } { $month } { $year }
date-short = { $day } { $month } { $year }
time = { $time }
date-time = { $date }, { $time }
date-time-short = { $date }, { $time }
time-range-one-day = { $date }, { $from }–{ $to }
time-range-days = { $from } to { $to }

relative-now = just now
relative-in-minutes =
    { $count ->
        [one] in a minute
       *[other] in { $count } minutes
    }
relative-minutes-ago =
    { $count ->
        [one] a minute ago
       *[other] { $count } minutes ago
    }
relative-in-hours =
    { $count ->
        [one] in an hour
       *[other] in { $count } hours
    }
relative-hours-ago =
    { $count ->
        [one] an hour ago
       *[other] { $count } hours ago
    }
relative-in-days =
    { $count ->
        [one] in a day
       *[other] in { $count } days
    }
relative-days-ago =
    { $count ->
        [one] a day ago
       *[other] { $count } days ago
    }
relative-in-weeks =
    { $count ->
        [one] in a week
       *[other] in { $count } weeks
    }
relative-weeks-ago =
    { $count ->
        [one] a week ago
       *[other] { $count } weeks ago
    }
relative-in-months =
    { $count ->
        [one] in a month
       *[other] in { $count } months
    }
relative-months-ago =
    { $count ->
        [one] a month ago
       *[other] { $count } months ago
    }
relative-in-years =
    { $count ->
        [one] in a year
       *[other] in { $count } years
    }
relative-years-ago =
    { $count ->
        [one] a year ago
       *[other] { $count } years ago
    }

duration-seconds = { $count } s
duration-minutes = { $count } min
duration-hours = { $count } h
duration-days =
    { $count ->
        [one] { $count } day
       *[other] { $count } days
    }

number-decimal = .
number-thousands = ,

list-and = { $first } and { $last }
form-too-many = That was too often within a short time. Nothing is lost: please try again in { $wait }.
form-changed-meanwhile = Somebody else has changed this meanwhile. What you typed is still here: please compare it with how things stand now, and send it again if it still fits.
