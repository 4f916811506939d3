# The frame of every page and the parts that pages are made of.

layout-language-name = English
layout-skip = Skip to the content
kept-form = You were no longer signed in when you sent this. What you entered is in the fields below again. Nothing is stored yet: please check it and send it once more.
kept-form-discard = Discard what I entered
layout-demo = A trial on this computer: hubs are not shielded from each other, and mail goes to the mailbox page instead of to people.
layout-local-hubs = Hubs run on the portal’s own computer and are not shielded from each other: for trying only, with people who trust one another.
layout-nav = Main
layout-courses = Courses
layout-new-course = Request a course
layout-governance = Requests
layout-administration = Administration
layout-help = Help
layout-account = Account
layout-mailbox = Mailbox
layout-sign-in = Sign in
layout-sign-out = Sign out
layout-crumbs = Where you are
layout-imprint = Imprint
layout-privacy = Privacy
layout-terms = Terms
layout-language = Language
layout-theme = Appearance
layout-theme-system = as the device
layout-theme-light = light
layout-theme-dark = dark

timeline-label = The life of the course
timeline-now = now
timeline-requested = requested
timeline-decision = decision
timeline-accepted = accepted
timeline-deployment = deployment
timeline-deployed = deployed
timeline-opens = opens
timeline-open = open
timeline-ends = ends
timeline-over = over
timeline-from = from { $date }
timeline-until = until { $date }
timeline-requested-explained = A course leader says for when, for how many and with what.
timeline-accepted-explained = The institution agrees. From now on people can apply by a link.
timeline-deployed-explained = Shortly before the first lesson the hub is set up and tried out.
timeline-open-explained = Everyone admitted works in the browser, until the last lesson.
timeline-over-explained = The hub is taken down. Nothing of it is left behind.

form-optional = (optional)
form-errors =
    { $count ->
        [one] One entry needs another look
       *[other] { $count } entries need another look
    }

notice-done = Done
notice-note = Note
notice-warning = Attention
notice-failed = Failed

confirm-cancel = Cancel
copy = Copy
copied = Copied

pagination-label = Pages of the list
pagination-shown = { $first }–{ $last } of { $total }
pagination-previous = Previous
pagination-next = Next

steps-label = Steps of the deployment
steps-usual = usually { $duration }
steps-took = done in { $duration }
steps-total = Altogether { $duration }
log-key = press

log-label = Log
log-whole =
    { $count ->
        [one] Whole log (one line)
       *[other] Whole log ({ $count } lines)
    }
log-empty = Nothing has been written yet. The first lines follow in a moment.
log-copy = Copy the log

progress-seats-label = Seats
progress-seats = { $taken } of { $seats } taken
