# Pages about courses: requests, participants, the course page.

# The values of a course

course-when = { $relative } ({ $exact })
course-value-none = none given
course-value-changed = changed
course-value-cpu = { $count } CPU
course-value-sizes = { $cpu }, { $memory } of memory, { $storage } of storage
course-value-start-app = app at “{ $path }”
course-value-start-material = notebook “{ $path }” of the material
course-value-admission-domains = everyone with a confirmed address of { $domains }
course-value-material = { $url }, in the folder “{ $folder }”
course-value-material-branch = { $url }, branch “{ $branch }”, in the folder “{ $folder }”

course-field-title = Title
course-field-slug = Address
course-field-cluster = Cluster
course-field-description = Description
course-field-start-date = Start: day
course-field-start-time = Start: time
course-field-end-date = End: day
course-field-end-time = End: last minute
course-field-starts-at = Start
course-field-ends-at = End
course-field-seats = Seats
course-field-admission = Who gets in
course-field-domains = Mail domains
course-field-cpu = Computing power
course-field-memory = Memory
course-field-storage = Storage
course-field-per-person = Per person
course-field-total = In total
course-field-environment = Environment
course-field-image = Image of your own
course-field-start-page = What opens first
course-field-start-path = Its path
course-field-material = Course material
course-field-material-url = Address of the Git repository
course-field-material-branch = Branch
course-field-material-folder = Folder in each home
course-field-shared-folder = Shared folder
course-field-remarks = Remarks
course-field-remarks-label = Remarks to governance
course-field-terms = Terms of use

# The form

course-form-about = The course
course-form-address = The hub will be at
course-form-when = When
course-form-zone = All times are in the time zone { $zone }. The last minute still belongs to the course.
course-form-people = Participants
course-form-size = Size per person
course-form-software = Software
course-form-material = Material
course-form-words = Finally
course-form-back = Back

course-help-title = Participants see this name, for instance on the invite page.
course-help-slug = Lower-case letters, digits and hyphens, 3 to 40 characters.
course-help-slug-fixed = The address is fixed, because the hub is being set up under it.
course-help-description = Everyone who opens the link sees it. Markdown works: *italic*, **bold**, lists, links.
course-help-end = 23:59 when left empty.
course-help-seats = So many people can be admitted, { $max } at most. Who comes later is put on the waiting list.
course-help-domains = Separate several by commas, for instance “uni.example, students.uni.example”.
course-help-size = { $max } { $unit } at most.
course-help-now = Valid now: { $value }.
course-help-image = In full, with registry and fixed version, for instance “quay.io/jupyter/scipy-notebook:2026-10-05”.
course-help-start-path = For a notebook for instance “week-1/start.ipynb”, for an app for instance “rstudio”.
course-help-material = A public repository. Its content is brought into each participant's home at every start, without overwriting what they changed.
course-help-remarks = What matters for the decision, for instance why the course needs much memory.

course-admission-by-hand = I decide on each application
course-admission-by-hand-help = You are told when somebody applies, once an hour at most.
course-admission-domains = Everyone with an address of certain mail domains
course-admission-domains-help = Only confirmed addresses count. You decide on all others.
course-admission-roster = Everyone on my roster
course-admission-roster-help = You upload the roster after the request. You decide on all others.
course-admission-link = Everyone with the link
course-admission-link-help = Whoever passes on the link passes on the access.

course-environment-image = An image of your own
course-environment-image-help = For software that none of the environments contains.

course-start-material = A notebook of the material
course-start-app = An app of the environment
course-start-app-help = For instance RStudio, if the environment contains it.

course-terms-accept = I have read the terms of use (version { $number }) and accept them.
course-terms-read = Read the terms of use

course-new-title = Request a course
course-new-lead = You describe what you need; governance decides. Until then everything can be changed.
course-new-lead-automatic = You describe what you need. Small courses are accepted at once, larger ones are decided by governance.
course-new-send = Hand in the request
course-new-keep = Save as a draft

course-drafts = Drafts
course-draft-untitled = Untitled
course-draft-throw-away = Discard the draft
course-outlook = What comes of it
course-outlook-not-yet = It stands here as soon as time and size are given.
course-outlook-decision = Decision
course-outlook-at-once = by itself, if there is room
course-outlook-decided = by governance
course-outlook-deploys = Hub is deployed
course-outlook-removed = Hub is removed after
course-draft-kept = Kept as a draft, { $at }.
course-draft-signed-out = You are no longer signed in. What you entered is still here: sign in in a new tab, and it is kept again.
course-draft-unkept = The draft could not be kept just now. What you entered is still here.
course-draft-delete = Delete the draft
course-draft-delete-question = Delete the draft “{ $title }”?
course-draft-delete-means = Everything you have entered here is lost. Nothing has been requested yet.

course-copy-title = Request “{ $title }” again
course-copy-lead = Everything is taken over from the former course, shifted by the days below. Please look through it before you hand in the request.
course-copy-dates = Shift
course-copy-days = By so many days
course-copy-days-help = 182 days are a term, 364 a year: the weekdays stay the same. What you have changed below already is lost by it.
course-copy-shift = Shift the dates

course-revise-title = Change the request
course-revise-title-answer = Answer the question
course-revise-lead = The request is not decided yet. What you hand in now takes its place.
course-revise-lead-answer = Change what it is about, and answer below in the remarks. Then it is decided anew.
course-revise-send = Hand in the changed request
course-revise-send-again = Hand in again

course-words-rejected = Why it was rejected
course-words-sent-back = The question
course-words-accepted = Words with the acceptance
course-words-by = { $name }, { $at }

# Changes

course-change-title = Change the course
course-change-heading = Change “{ $title }”
course-change-lead = Only what you change here changes. More resources, a later end or another environment are decided by governance; until then what holds now goes on.
course-change-send = Hand in the change
course-change-when = What applies when
course-change-when-portal = Start, end, description and admission apply at once.
course-change-when-server = Computing power, memory, environment, start page and material apply to each person at the next start of their server.
course-change-when-storage = Storage of a running hub can only grow; whether it does for homes that exist already depends on the cluster.
course-change-caption = What changes
course-change-field = Value
course-change-old = before
course-change-new = new
course-change-asked = Asked for:
course-change-is-pending = Change, not decided yet
course-change-is-accepted = Change, accepted
course-change-is-rejected = Change, rejected
course-change-is-withdrawn = Change, taken back
course-pending = A change waits
course-pending-lead = A change waits for the decision of governance. Another one is possible as soon as it is decided or you take it back.
course-pending-text = Governance decides on it. Until then the course stays as it was accepted.
course-pending-withdraw = Take the change back

# The course's page

course-tabs = Pages of the course
course-tab-overview = Overview
course-tab-participants = Participants
course-tab-participants-applied =
    { $count ->
        [one] Participants (1 waits)
       *[other] Participants ({ $count } wait)
    }
course-tab-staff = Staff
course-tab-roster = Roster
course-tab-deployments = Hub and deployments
course-tab-request = Request
course-tab-history = History

course-tag-open = hub open
course-tag-over = over
course-stop-applied = applied
course-stop-decision = decision

course-lead-requested = Governance has not decided yet. You get a mail as soon as it does. The course is to begin { $starts }.
course-lead-sent-back = Governance has a question. The request is decided only after you have answered.
course-lead-rejected = The request was rejected. You can revise it and hand it in again.
course-lead-accepted = The course is accepted and begins { $starts }. Before that the hub is deployed and checked by itself, from { $deploys }. People can already apply.
course-lead-accepted-due = The course is accepted, and the deployment of the hub is due. It usually begins within a minute.
course-lead-deploying = The hub is being deployed and will then be checked. It opens to participants { $starts }.
course-lead-deploying-late = The hub is being deployed and will then be checked. It opens as soon as that is done.
course-lead-ready = The hub is checked and running. You can go in already; it opens to participants { $starts }.
course-lead-open = The hub is open. The course ends { $ends }.
course-lead-stopping = The course is being ended early. The hub is about to be stopped and removed.
course-lead-grace = The course is over; the hub is closed to participants. You can still go in. It is removed { $removed }.
course-lead-degrading = The course is over. The hub is being stopped and removed.
course-lead-degraded = The course is over and the hub is removed. It was planned to end { $ended }. You can request it again with new dates.
course-lead-degraded-going = The course is over and its hub removed. What was kept of it is being deleted now.
course-lead-degraded-kept = The course is over and its hub removed. The files on it are kept until { $until } and then deleted; until then the administrators can help.
course-lead-failed = The hub could not be deployed. The administrators have been told; the course is to begin { $starts }.
course-lead-failed-late = The hub could not be deployed, and the course has begun already. The administrators have been told.
course-lead-failed-degrade = The course is over, but the hub could not be removed completely. It is closed to participants; the administrators have been told.
course-lead-cancelled = The course was withdrawn; there never was a hub.

course-lead-mine-not-started = You are in. Your hub opens { $starts }.
course-lead-mine-not-ready = The course is on, but your hub is not ready yet. It is being worked on; please look again in a few minutes.
course-lead-mine-open = Your hub is open. The course ends { $ends }.
course-lead-mine-over = The course is over, the hub is closed.
course-lead-mine-off = The course will not take place here. You need not do anything.
course-lead-mine-applied = You have applied. The leaders of the course decide; the result comes by mail.
course-lead-mine-waiting = All seats are taken. You are number { $place } on the waiting list and move up by yourself.
course-lead-mine-rejected = Your application was not accepted. If that is a mistake, please get in touch with the leaders of the course.
course-lead-mine-removed = You were removed from the course and cannot enter the hub any more. If that is a mistake, please get in touch with the leaders of the course.
course-lead-mine-left = You have left the course. With the leaders' link you can apply again.

course-open-hub = Open the hub
course-hub-down = The hub has not answered since { $since }. Saved files are not affected. The administrators have been told.
course-about = About the course
course-facts = Facts
course-fact-period = When
course-fact-leaders = Leaders
course-fact-address = Address of the hub
course-fact-zone = Time zone of these times

course-leave-heading = Leaving
course-take-back-heading = Your application
course-leave = Leave the course
course-leave-question = Leave the course “{ $title }”?
course-leave-means = You can no longer enter the hub from this moment. Save before what you want to keep. Your seat goes to the next person.
course-take-back = Take the application back
course-take-back-question = Take back the application for “{ $title }”?
course-take-back-means = You can apply again with the link, but will then be last in line.

course-do-answer = Answer the question
course-do-revise = Revise the request
course-do-decide =
    { $count ->
        [one] Decide on one application
       *[other] Decide on { $count } applications
    }
course-do-watch = Watch the work
course-do-see-log = See the log
course-failure = What went wrong
course-do-govern = Decide on the request

course-invite = Inviting
course-invite-now = Whoever opens this link can apply. Pass it on, for instance in the learning platform.
course-invite-later = This link works as soon as the course is accepted.
course-invite-renew = Renew the link
course-invite-renew-question = Make a new link for “{ $title }”?
course-invite-renew-means = The old link then leads nowhere. Who has applied or is admitted stays so.

course-people = Who takes part
course-people-applied =
    { $count ->
        [one] One application waits for your decision
       *[other] { $count } applications wait for your decision
    }
course-people-waiting =
    { $count ->
        [one] One person is on the waiting list
       *[other] { $count } people are on the waiting list
    }

course-steps = What you can do
course-step-revise = Change the request
course-step-revise-help = As long as it is not decided, everything can be changed.
course-step-change = Change the course
course-step-change-help = Sizes, dates, environment, material; also while the course is running.
course-step-copy = Request again
course-step-copy-help = With the same values and shifted dates.

course-ending = Ending
course-cancel = Withdraw the course
course-cancel-text = If the course is not needed, withdraw it. Then there will be no hub.
course-cancel-question = Withdraw the course “{ $title }”?
course-cancel-means = No hub will be deployed, and everyone who applied gets a mail. This cannot be undone; but you can request the course anew.
course-cancel-reason = Reason
course-cancel-reason-help = Stands in the mail to everyone who applied.
course-extend = Extend
course-extend-do = Extend the course
course-extend-text = The hub then goes on until the new end. Nothing is lost.
course-extend-question = Extend “{ $title }”?
course-extend-means = If governance must agree, the former end holds until it has. Otherwise the new one holds at once.
course-end = End the course
course-end-text = The course can be closed before its end. The hub is then stopped and removed with all files.
course-end-question = End the course “{ $title }” now?
course-end-means =
    { $count ->
        [0] The hub is closed at once and removed with all files. This cannot be undone.
        [one] One participant loses access and the files on the hub at once. This cannot be undone.
       *[other] { $count } participants lose access and their files on the hub at once. This cannot be undone.
    }
course-end-reason = Reason
course-end-reason-help = Stands in the history of the course.

# My courses

courses-title = My courses
courses-tab-staff = Leading and assisting
courses-tab-participant = Taking part
courses-lead-open =
    { $count ->
        [one] One hub is open to you right now.
       *[other] { $count } hubs are open to you right now.
    }
courses-lead-next = Next is “{ $title }”, { $starts }.
courses-lead-role-lost = You no longer lead courses: your account has lost the role of a course leader. If this is a mistake, please write to the administrators.
courses-lead-staff = Courses that you lead or assist.
courses-lead-participant = Courses that you take part in or have applied for.
courses-lead-past = Courses that are over. They can be requested again with new dates.
courses-lead-found =
    { $count ->
        [one] One course matches “{ $q }”.
       *[other] { $count } courses match “{ $q }”.
    }
courses-running = Now
courses-next = Next
courses-waiting = Waiting for a decision
courses-past = Past
courses-column-course = Course
courses-column-state = State
courses-column-when = When
courses-column-seats = Seats
courses-column-hub = Hub
courses-hub-down = does not answer
courses-search = Title or address
courses-search-do = Search
courses-search-all = Show all
courses-show-past = Past courses
courses-show-present = Back to present and coming courses
courses-none-led = No course yet
courses-none-led-text = The courses that you lead will be here. Request the first one: you say when, for how many and with what software, and the hub appears in time by itself.
courses-none-assisted = No course
courses-none-assisted-text = Courses that you assist will be here. A leader can name you for that.
courses-none-joined = No course yet
courses-none-joined-text = The courses that you take part in will be here. You get the link to a course from its leaders; with it you apply.
courses-none-past = Nothing past
courses-none-past-text = Courses will be here after their end.
courses-none-found = Nothing found
courses-none-found-text = No course matches. Titles and addresses are searched.

# Participants

participants-search = Name or mail address
participants-state = State
participants-state-all = all ({ $count })
participants-state-count = { $state } ({ $count })
participants-filter = Show
participants-show-all = Show all
participants-column-name = Name
participants-column-state = State
participants-column-applied = Applied
participants-column-decided = Decided
participants-decided-by = { $at }, { $name }
participants-decided-by-rule = { $at }, by the rule
participants-on-roster = on the roster
participants-place = number { $place }
participants-tick-all = tick all on this page
participants-tick-none = tick nobody
participants-chosen = Those ticked:
participants-admit = Admit
participants-reject = Reject
participants-remove = Remove
participants-admit-question = Admit { $count } people to “{ $title }”?
participants-admit-means = If no seats are free, they go to the waiting list.
participants-reject-question =
    { $count ->
        [one] Reject one application for “{ $title }”?
       *[other] Reject { $count } applications for “{ $title }”?
    }
participants-reject-means = Those concerned get a mail with your words and cannot apply again. You can still admit them later.
participants-remove-question =
    { $count ->
        [one] Remove one person from “{ $title }”?
       *[other] Remove { $count } people from “{ $title }”?
    }
participants-remove-means = They lose access at once: to the course, to the hub and to running servers. They get a mail with your words.
participants-reason = Reason
participants-reason-help = Everyone named reads it.
participants-none = Nobody yet
participants-none-text = Everyone who applies will be here. Pass on the link to the course.
participants-none-do = To the link
participants-none-found = Nobody found
participants-none-found-text = Nobody matches. Names and mail addresses are searched.

# Roster

roster-not-the-rule = The roster is not used to admit people at present: another rule applies to this course. But it shows who is on it.
roster-upload = Upload
roster-upload-text = Upload the whole roster, as often as you like. You first see what changes; nothing happens before.
roster-file = CSV file
roster-file-help = One line per person with mail address and name. Head line, comma, semicolon or tab: all are recognised.
roster-paste = Or paste here
roster-paste-help = For instance “ada@uni.example, Ada Lovelace”.
roster-look = Compare
roster-now = The roster
roster-now-count =
    { $count ->
        [0] The roster
        [one] The roster: one person
       *[other] The roster: { $count } people
    }
roster-empty = No roster yet
roster-empty-text = Who is on the roster and applies with the confirmed address is admitted at once, if that is the rule of the course.
roster-column-email = Mail address
roster-column-name = Name
roster-column-state = State
roster-unknown = has not applied yet
roster-preview = What changes
roster-preview-lead = { $new } new, { $known } known already, { $gone } gone, { $bad } lines unreadable. Nothing is changed yet.
roster-new = New ({ $count })
roster-gone = Gone ({ $count })
roster-known = Known already ({ $count })
roster-bad =
    { $count ->
        [one] One line is unreadable
       *[other] { $count } lines are unreadable
    }
roster-bad-text = These lines are left out. You can put the file right and upload it again.
roster-bad-caption = Unreadable lines
roster-column-line = Line
roster-column-text = Content
roster-column-wrong = What is wrong
roster-gone-admitted =
    { $count ->
        [one] One person who is no longer on the roster is admitted
       *[other] { $count } people who are no longer on the roster are admitted
    }
roster-gone-keep = Leave them admitted
roster-gone-remove = Remove them from the course
roster-gone-remove-help = They lose access at once and get a mail.
roster-confirm = Take over the roster
roster-again = Back, change nothing

# Staff

staff-column-name = Name
staff-column-role = Part
staff-column-email = Mail address
staff-column-since = Since
staff-column-do = Change
staff-name = Name somebody
staff-name-text = The person must have signed in here once. They get a mail.
staff-name-do = Name
staff-email = Mail address
staff-email-help = The address that the person signs in with.
staff-role = Part
staff-assistant-help = Sees participants, admits and rejects, starts and stops their servers.
staff-co-leader-help = May do all that the leader may, except removing the leader.
staff-remove = Remove
staff-remove-question = Remove { $name } from the staff of “{ $title }”?
staff-remove-means = The person loses their rights in this course and at the hub at once.
course-resign-text = You can give up your task in this course at any time.
staff-resign = Resign
staff-resign-question = Leave the staff of “{ $title }”?
staff-resign-means = You lose your rights in this course and at the hub at once.
staff-hand-over = Hand over
staff-hand-over-text = Somebody else becomes the leader; you stay as co-leader.
staff-hand-over-text-administrator = Somebody else becomes the leader. Now it is led by { $leaders }; leaders then lose the course and its hub.
staff-hand-over-email = Mail address of the new leader
staff-hand-over-help = The person must be allowed to lead courses.
staff-hand-over-do = Hand over the course

# History

history-column-when = When
history-column-what = What
history-column-who = Who
history-portal = the portal
history-somebody = Somebody
history-course-requested = Course requested
history-course-revised = Request changed: { $fields }
history-course-revised-nothing = Request handed in again unchanged
history-course-accepted = Request accepted
history-course-accepted-policy = Request accepted by the rule for small courses
history-course-rejected = Request rejected
history-course-sent-back = Sent back with a question
history-course-cancelled = Course withdrawn
history-course-expired = Course closed, because its end passed without a deployment
history-course-handed-over = Course handed over to { $name }
history-course-stop-requested = Early end asked for
history-course-homes-removal-requested = Deletion of the kept files asked for
history-course-homes-removed = Kept files deleted
history-change-asked = Change asked for: { $fields }
history-change-accepted = Change accepted
history-change-rejected = Change rejected
history-change-applied = Change in force: { $fields }
history-change-withdrawn = Change taken back
history-change-void = Undecided change void, because the course ended
history-invite-renewed = Invite link renewed
history-participation-applied = { $name } applied
history-participation-admitted = { $name } admitted
history-participation-promoted = { $name } moved up from the waiting list
history-participation-waiting = { $name } put on the waiting list
history-participation-rejected = { $name } rejected
history-participation-removed = { $name } removed
history-participation-left = { $name } left
history-roster-imported = Roster with { $entries } lines taken over
history-staff-named = { $name } named: { $role }
history-staff-removed = { $name } removed from the staff
history-deployment-opened = { $action } opened
history-deployment-attempt = Attempt { $attempt } began
history-deployment-attempt-failed = Attempt { $attempt } failed
history-deployment-succeeded = { $action } succeeded
history-deployment-failed = { $action } failed
history-deployment-cancelling = Work under way told to stop
history-deployment-cancelled = { $action } stopped
history-deployment-retried = Another attempt asked for
history-deployment-redeployed = Another deployment asked for
history-hub-down = Hub does not answer any more
history-hub-up = Hub answers again

# Invite links

join-kicker = Invitation
join-lead = The course begins { $starts }. You can apply already.
join-lead-open = The course is on and ends { $ends }. You can still apply.
join-lead-full = All seats are taken at present. If you apply, you go to the waiting list and move up by yourself.
join-lead-left = You have left this course. You can apply again.
join-lead-closed = This course does not take applications any more.
join-lead-staff = You belong to the staff of this course and need not apply. This is how others see this page.
join-lead-waiting = You have applied and are on the waiting list.
join-lead-admitted = You are in already. Your hub opens { $starts }.
join-lead-admitted-now = You are in already.
join-sign-in = Sign in and apply
join-apply = Apply now
join-to-course = To the course
join-rule-by-hand = The leaders of the course see your name and mail address and decide. The result comes by mail.
join-rule-domains = With a confirmed address of { $domains } you are admitted at once. Otherwise the leaders of the course decide.
join-rule-roster = If you are on the roster of the course, you are admitted at once. Otherwise the leaders of the course decide.
join-rule-link = With this link you are admitted at once. The leaders of the course see your name and mail address.
join-rule-full = The leaders of the course see your name and mail address.
join-gone = This link leads nowhere
join-gone-text = It is incomplete, was renewed, or belongs to a course that does not exist yet or any more.
join-gone-do-heading = What you can do
join-gone-do = Compare the address with the link that you were given, or ask the leaders of the course for the new one.

# Messages after an action

problem-course-leaders-only = Only people with the role of course leader can request courses. You can ask for that role in your account.
flash-course-requested = Your request has arrived. The result comes by mail.
flash-course-accepted-at-once = Your course is accepted at once. You can invite people now.
flash-course-draft-saved = The draft is saved. Nothing is handed in yet.
flash-course-draft-deleted = The draft is deleted.
flash-course-cancelled = The course is withdrawn.
flash-course-ended = The course is being ended. The hub is now stopped and removed.
flash-course-invite-renewed = The link is renewed. The old one leads nowhere any more.
flash-course-left = You are no longer in the course.
flash-course-change-nothing = That was so already; nothing has changed.
flash-course-change-applied = The change is in force now.
flash-course-change-deploying = The change is accepted and is now brought to the hub.
flash-course-change-pending = The change is handed in. Until it is decided, the course stays as it is.
flash-course-change-withdrawn = The change is taken back.
flash-joined-applied = Your application has arrived.
flash-joined-waiting = You are on the waiting list.
flash-joined-admitted = You are admitted.
flash-joined-refused = Your application has been decided already.
flash-participants-nobody = Nobody was ticked.
flash-participants-admitted =
    { $count ->
        [one] One person is admitted.
       *[other] { $count } people are admitted.
    }
flash-participants-admitted-waiting = { $count } admitted, { $waiting } on the waiting list, because no seat is free.
flash-participants-rejected =
    { $count ->
        [one] One application is rejected.
       *[other] { $count } applications are rejected.
    }
flash-participants-removed =
    { $count ->
        [one] One person is removed. Their access to the hub ends within seconds.
       *[other] { $count } people are removed. Their access to the hub ends within seconds.
    }
flash-participants-skipped = { $count } done, { $skipped } not: { $why }
flash-roster-imported = The roster with { $entries } lines is taken over. Newly admitted: { $admitted }, removed: { $removed }.
flash-staff-named = { $email } now belongs to the staff and gets a mail.
flash-staff-removed = The person no longer belongs to the staff.
flash-staff-resigned = You no longer belong to the staff.
flash-staff-handed-over = { $email } now leads the course; you are co-leader.

still-in = Not yet out of the hub
still-in-text = These people lost their access. The portal lets them in no more; their servers and sign-ins at the hub end as soon as the hub answers. That is tried until it is done.
still-in-who = Name
still-in-since = Since
still-in-tries = Tries
still-in-error = Last error
