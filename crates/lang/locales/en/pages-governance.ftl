# Governance: the queue, one request, one change, all courses, what the clusters carry.

governance-title = Requests and changes
governance-tabs = Governance
governance-tab-queue = To decide
governance-tab-courses = All courses
governance-tab-capacity = Load
governance-back = Back
governance-find = Search
governance-search = Title or address
governance-show-all = Show everything
governance-none-found = Nothing found
governance-none-found-text = Please look for another word, or another state.

governance-lead-nothing = Nothing waits for a decision.
governance-lead-waiting =
    { $count ->
        [one] One decision waits; it was asked for { $since }.
       *[other] { $count } decisions wait; the oldest was asked for { $since }.
    }
governance-queue-empty = Everything is decided
governance-queue-empty-text = New requests and changes of courses appear here. You also get a mail, at most one an hour.
governance-requests = Requests
governance-changes = Changes
governance-sent-back = Sent back
governance-sent-back-text = These wait for an answer of their leaders.
governance-column-course = Course
governance-column-courses = Courses
governance-column-waits = Asked
governance-column-period = From – to
governance-column-seats = Seats
governance-column-cpu = Computing power
governance-column-memory = Memory
governance-column-storage = Storage
governance-column-decide = Decision
governance-look = Have a look
governance-extend-until = Extend until { $until }
governance-column-changes = What changes
governance-column-state = State
governance-column-step = Next
governance-column-week = Weeks
governance-column-holds = Takes up
governance-starts = starts
governance-started = should have started

governance-request-title = Request: { $title }
governance-lead-request = { $leaders } asked { $since }. The course is to start { $starts }.
governance-lead-request-late = { $leaders } asked { $since }. The start has passed: { $starts }. Once accepted, the hub is deployed at once.
governance-lead-sent-back = { $leaders } asked { $since }, and has a question to answer before you can decide. The course is to start { $starts }.
governance-lead-decided = This is decided. { $leaders } asked { $since } for a start { $starts }.
governance-to-decision = Go to the decision
governance-said-accepted = Accepted
governance-said-rejected = Rejected
governance-said-sent-back = Sent back
governance-said-by = { $name }, { $when }
governance-remarks = What the leaders say
governance-values = What is asked for
governance-description = Description
governance-history = What happened so far

governance-beside = Beside what is committed
governance-verdict-fits = It fits beside everything that is committed for this time.
governance-verdict-no-limit = The institution has set no upper limit for all hubs together.
governance-verdict-too-much = It does not fit. Above the limit: { $what }.
governance-lacks = { $what } by { $over }
governance-weeks = The numbers week by week, and the courses of this time
governance-weeks-count = { $count } weeks
governance-table = The most that is committed at one time, week by week
governance-table-asked = The most that is committed at one time, week by week, and what it is with this course
governance-row-limit = Limit
governance-row-asked = This course
governance-sum = { $committed } → { $with }
governance-over = over the limit
governance-others = Courses of the same time
governance-verdict-later = It fits if the course starts on { $day }.
governance-chart-requested = other requests
governance-requested-too = also requested { $amount }
governance-chart-committed = committed
governance-chart-asked = this course
governance-chart-limit = limit { $limit }
governance-chart-text = At most { $committed } are committed.
governance-chart-text-limit = At most { $committed } are committed; the limit is { $limit }.
governance-chart-text-asked = At most { $committed } are committed, { $with } with this course.
governance-chart-text-asked-limit = At most { $committed } are committed, { $with } with this course; the limit is { $limit }.
governance-capacity-lead = What the courses accepted so far need in the coming half year, at the most at one time.

governance-decision = Decision
governance-answer = Usual answer
governance-answer-none = none
governance-message = Message to the leaders
governance-message-help = Needed when you reject or ask back. It goes out by mail, with your name.
governance-override = Why it is accepted all the same
governance-override-help = The clusters cannot carry this besides the rest. Accepting it needs a reason; it stays in the records.
governance-accept = Accept
governance-accept-anyway = Accept all the same
governance-send-back = Ask back
governance-reject = Reject
governance-nothing-to-decide = There is nothing to decide here at present.
governance-to-course = To the course
governance-conflict-accepted = { $name } has accepted this meanwhile. Your decision was not stored.
governance-conflict-rejected = { $name } has rejected this meanwhile. Your decision was not stored.
governance-conflict-sent-back = { $name } has sent this back with a question meanwhile. Your decision was not stored.
governance-conflict-revised = The leaders have changed the request while you were reading. Please look at it again; your words are still below.
governance-conflict-withdrawn = The request has been withdrawn meanwhile. There is nothing left to decide.
governance-conflict-change-accepted = { $name } has accepted this change meanwhile. Your decision was not stored.
governance-conflict-change-rejected = { $name } has rejected this change meanwhile. Your decision was not stored.
governance-conflict-change-withdrawn = The change has been taken back meanwhile. There is nothing left to decide.

governance-change-title = Change: { $title }
governance-change-pending = to decide
governance-change-accepted = accepted
governance-change-rejected = rejected
governance-change-withdrawn = taken back
governance-lead-change = { $name } asked { $since }. Until you decide, what was accepted holds.
governance-lead-change-decided = This is decided. { $name } asked { $since }.
governance-old-new = Old and new
governance-change-running = The hub runs. Sizes and environment apply when somebody's server starts the next time; nobody is thrown out, and homes stay.

governance-courses-lead =
    { $count ->
        [one] One course.
       *[other] { $count } courses.
    }
governance-courses-none = No courses yet
governance-courses-none-text = As soon as somebody asks for a course, it is here.
governance-any-state = any
governance-hub-down = does not answer
governance-decide = Decide
governance-stop-link = Stop …

governance-stop-title = Stop “{ $title }”?
governance-stop-lead = The course ends now, before its time. This cannot be undone.
governance-stop-hub = The hub is closed at once: running servers are stopped, then everything of it is removed.
governance-stop-told = The leaders get a mail with your name and your reason.
governance-stop-reason = Reason
governance-stop-reason-help = The leaders and participants read it.
governance-stop = Stop the course
governance-stop-not-possible = There is nothing to stop: the course was never accepted, is being stopped already, or is over.
governance-withdraw-title = Withdraw the acceptance of “{ $title }”?
governance-withdraw-lead = The course will not take place. Nothing has been deployed for it yet.
governance-withdraw-applicants = Whoever has applied is told that the course does not take place.
governance-withdraw = Withdraw
governance-stop-all-link = Stop all courses at once …
governance-stop-all-title = Stop all courses?
governance-stop-all-lead =
    { $count ->
        [one] For emergencies: one course ends now. This cannot be undone.
       *[other] For emergencies: { $count } courses end now. This cannot be undone.
    }
governance-stop-all-confirm = So that it does not happen by accident
governance-stop-all-sure =
    { $count ->
        [one] Yes, end the one course
       *[other] Yes, end all { $count } courses
    }
governance-stop-all-unsure = Please tick this, if you really mean all of them.
governance-stop-all = Stop all courses
governance-stop-of = Only the courses of one leader
governance-stop-of-help = The leader’s mail address. Empty: the courses of everybody.
governance-stop-of-show = Show these courses
governance-stop-of-title = Stop all courses of { $name }?
governance-stop-of-do = Stop all courses of { $name }
governance-stop-on-all = All clusters
governance-beside-cluster = On the cluster { $title }
governance-cluster-help = Where the hub runs. This cannot be changed later.
governance-cluster-no-limit = { $title }: no limit
governance-cluster-fits = { $title }: it fits
governance-cluster-too-much = { $title }: it does not fit

flash-governance-accepted = “{ $title }” is accepted. The leaders get a mail, and people can apply from now on.
flash-governance-rejected = “{ $title }” is rejected. The leaders get your message by mail.
flash-governance-sent-back = “{ $title }” goes back to its leaders with your question.
flash-governance-change-accepted = The change of “{ $title }” is accepted and holds from now on.
flash-governance-change-deploying = The change of “{ $title }” is accepted. The hub is being changed.
flash-governance-change-rejected = The change of “{ $title }” is rejected. The leaders get your message by mail.
flash-governance-stopping = “{ $title }” is being stopped, and its hub removed.
flash-governance-withdrawn = “{ $title }” is withdrawn.
flash-governance-stopped-all =
    { $count ->
        [0] There was nothing to stop.
        [one] One course is being stopped.
       *[other] { $count } courses are being stopped.
    }
