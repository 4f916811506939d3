# Courses in calendars: the secret address, and files of single courses.

calendar-heading = Calendar
calendar-lead = A calendar program shows your courses by itself: those that you lead or assist, and those that you are admitted to.
calendar-to = Subscribe to your courses
calendar-file = As a calendar file
calendar-address = Address for your calendar program
calendar-none = You have no address yet.
calendar-since = You have had an address since { $at }.
calendar-secret = The address is secret: whoever knows it sees your courses. It is shown once only. A new one makes the old one useless.
calendar-make = Make an address
calendar-renew = Make a new address
calendar-stop = Switch the address off
calendar-made = This is your address. Paste it into your calendar program now, where it subscribes to calendars.
calendar-title = Courses ({ $institution })
calendar-state = State: { $state }
calendar-hub = Hub: { $url }
calendar-page = Course page: { $url }
flash-calendar-stopped = The address for calendars is switched off.
audit-account-calendar-made = Calendar address of { $name } made
audit-account-calendar-stopped = Calendar address of { $name } switched off
mail-calendar = The course is attached as a calendar file.
