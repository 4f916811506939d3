# Datum, Zeit, Zahlen: die Muster, aus denen crates/lang/src/format.rs zusammensetzt.

weekday-monday = Montag
weekday-tuesday = Dienstag
weekday-wednesday = Mittwoch
weekday-thursday = Donnerstag
weekday-friday = Freitag
weekday-saturday = Samstag
weekday-sunday = Sonntag

month-january = Januar
month-february = Februar
month-march = März
month-april = April
month-may = Mai
month-june = Juni
month-july = Juli
month-august = August
month-september = September
month-october = Oktober
month-november = November
month-december = Dezember

month-january-short = Jan.
month-february-short = Feb.
month-march-short = März
month-april-short = Apr.
month-may-short = Mai
month-june-short = Juni
month-july-short = Juli
month-august-short = Aug.
month-september-short = Sep.
month-october-short = Okt.
month-november-short = Nov.
month-december-short = Dez.

date-long = { $weekday }, { $day }. { $month } { $year }
date-medium = { $day }. { $month } { $year }
date-short = { $day-padded }.{ $month-padded }.{ $year }
time = { $time } Uhr
date-time = { $date }, { $time } Uhr
date-time-short = { $date }, { $time }
time-range-one-day = { $date }, { $from }–{ $to } Uhr
time-range-days = { $from } bis { $to }

relative-now = gerade eben
relative-in-minutes =
    { $count ->
        [one] in einer Minute
       *[other] in { $count } Minuten
    }
relative-minutes-ago =
    { $count ->
        [one] vor einer Minute
       *[other] vor { $count } Minuten
    }
relative-in-hours =
    { $count ->
        [one] in einer Stunde
       *[other] in { $count } Stunden
    }
relative-hours-ago =
    { $count ->
        [one] vor einer Stunde
       *[other] vor { $count } Stunden
    }
relative-in-days =
    { $count ->
        [one] in einem Tag
       *[other] in { $count } Tagen
    }
relative-days-ago =
    { $count ->
        [one] vor einem Tag
       *[other] vor { $count } Tagen
    }
relative-in-weeks =
    { $count ->
        [one] in einer Woche
       *[other] in { $count } Wochen
    }
relative-weeks-ago =
    { $count ->
        [one] vor einer Woche
       *[other] vor { $count } Wochen
    }
relative-in-months =
    { $count ->
        [one] in einem Monat
       *[other] in { $count } Monaten
    }
relative-months-ago =
    { $count ->
        [one] vor einem Monat
       *[other] vor { $count } Monaten
    }
relative-in-years =
    { $count ->
        [one] in einem Jahr
       *[other] in { $count } Jahren
    }
relative-years-ago =
    { $count ->
        [one] vor einem Jahr
       *[other] vor { $count } Jahren
    }

duration-seconds = { $count } s
duration-minutes = { $count } min
duration-hours = { $count } h
duration-days =
    { $count ->
        [one] { $count } Tag
       *[other] { $count } Tage
    }

# Das Komma und das schmale geschützte Leerzeichen.
number-decimal = ,
number-thousands = {"\u202F"}

list-and = { $first } und { $last }
form-too-many = Das war zu oft in kurzer Zeit. Es ist nichts verloren: Bitte versuchen Sie es in { $wait } noch einmal.
form-changed-meanwhile = Jemand anders hat dies inzwischen geändert. Ihre Eingaben sind noch da: Bitte vergleichen Sie sie mit dem jetzigen Stand und senden Sie sie noch einmal ab, wenn sie noch passen.
