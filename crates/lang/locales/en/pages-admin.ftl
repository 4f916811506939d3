# Administration: overview, people, deployments, mails, audit log, settings, terms; the mailbox of a demonstration.

admin-tabs = Administration
admin-tab-overview = Overview
admin-tab-people = People
admin-tab-deployments = Deployments
admin-tab-mails = Mails
admin-tab-audit = Audit log
admin-tab-settings = Settings
admin-tab-terms = Terms of use
admin-any = all
admin-reason = Reason
admin-column-what = What
admin-column-state = State
admin-column-when = Opened
admin-column-attempts = Attempts
admin-column-took = Took
admin-column-cause = Cause
admin-column-part = Part
admin-column-means = What that means
admin-column-starts = Start of the course
admin-column-next = Tried again
admin-column-down-since = No answer since
admin-column-name = Name
admin-column-address = Mail address
admin-column-roles = Roles
admin-column-since = Here since

admin-lead-well = Everything works. Nothing waits for you.
admin-lead-trouble =
    { $count ->
        [one] One thing needs you.
       *[other] { $count } things need you.
    }
admin-parts = Parts of the portal
admin-part-well = well
admin-part-trouble = needs you
admin-part-paused = paused
admin-part-busy = at work
admin-part-unknown = not known yet
admin-part-database = Database
admin-part-objects = Store for logs and states
admin-part-dispatcher = Dispatcher
admin-part-deployments = Workers
admin-part-mail = Mail
admin-part-revocation = Taking away access
admin-part-leftovers = Leftovers of hubs
admin-database-well = answers, with the tables of this version
admin-database-old = its tables are older than this version: run “jhaas migrate”
admin-objects-well = answers
admin-objects-down = does not answer: deployments can neither begin nor report
admin-dispatcher-well =
    { $open ->
        [0] on time, nothing to do
        [one] on time, one deployment open
       *[other] on time, { $open } deployments open
    }
admin-dispatcher-overdue =
    { $count ->
        [one] One course has been due for more than five minutes: does the dispatcher run?
       *[other] { $count } courses have been due for more than five minutes: does the dispatcher run?
    }
admin-dispatcher-maintenance = Maintenance: no new deployments are started. Hubs that run go on.
admin-deployments-well =
    { $open ->
        [0] nothing at work
        [one] one at work or waiting
       *[other] { $open } at work or waiting
    }
admin-deployments-stuck =
    { $count ->
        [one] At one deployment nothing has happened for a quarter of an hour.
       *[other] At { $count } deployments nothing has happened for a quarter of an hour.
    }
admin-mail-well =
    { $waiting ->
        [0] nothing waits
        [one] one mail waits
       *[other] { $waiting } mails wait
    }
admin-mail-stuck = { $waiting } mails wait, the oldest written { $since }: does the mail server answer?
admin-mail-given-up =
    { $count ->
        [one] One mail was given up: look at it and send it again, or drop it.
       *[other] { $count } mails were given up: look at them and send them again, or drop them.
    }
admin-revocation-none = nobody has to be taken out of a hub
admin-revocation-pending =
    { $count ->
        [one] One person is still to be taken out of a hub. It is tried until it is done.
       *[other] { $count } people are still to be taken out of hubs. It is tried until it is done.
    }
admin-leftovers-unknown = not looked for yet
admin-leftovers-unseen = clusters are not looked at, for their cluster.kubeconfig is not set
admin-leftovers-none = nothing is left of hubs, looked for { $at }
admin-leftovers-some =
    { $count ->
        [one] One hub, or a part of it, is there without a course: jhaas sweep names it and removes it.
       *[other] { $count } hubs, or parts of them, are there without a course: jhaas sweep names and removes them.
    }
admin-failed = Courses that failed
admin-by-hand = by hand only
admin-down = Hubs that do not answer
admin-courses = Courses by state

admin-hub-actions = By hand
admin-retry = Try again
admin-redeploy = Deploy anew
admin-redeploy-question = Deploy the hub of “{ $title }” anew?
admin-redeploy-means = The hub is set up as the course asks for and checked again. Until that is done nobody can enter; what people have stored stays.
admin-degrade-link = Remove the hub …
admin-degrade-title = Remove the hub of “{ $title }”?
admin-degrade-lead = The course ends now, whatever state its hub is in. This cannot be undone.
admin-degrade-homes = What people have stored in the hub is lost.
admin-degrade-reason-help = The leaders read it.
admin-degrade = Remove the hub
admin-degrade-homes-kept =
    { $count ->
        [one] What people have stored in the hub is kept for one more day and then deleted.
       *[other] What people have stored in the hub is kept for { $count } more days and then deleted.
    }
admin-remove-homes-link = Delete the kept files …
admin-remove-homes-title = Delete the kept files of “{ $title }”?
admin-remove-homes-lead = The hub is removed already. What was stored in it is deleted now, before its time. This cannot be undone.
admin-remove-homes-means = Nobody can bring these files back afterwards.
admin-remove-homes-reason-help = It is written to the audit log.
admin-remove-homes = Delete the files
flash-admin-retried = It is tried again.
flash-admin-redeployed = The hub is being deployed anew.
flash-admin-degrading = The hub is being removed.
flash-admin-removing-homes = The kept files are being deleted.

admin-deployments-lead =
    { $count ->
        [one] One deployment, the newest first.
       *[other] { $count } deployments, the newest first.
    }
admin-deployments-open = waiting or at work
admin-deployments-stands = waits for you
admin-deployments-none = No deployments
admin-deployments-none-text = What was deployed, changed or removed when will be here.

admin-people-lead =
    { $count ->
        [one] One person.
       *[other] { $count } people.
    }
admin-people-search = Name, mail address or user name
admin-people-none = Nobody found
admin-people-none-text = Please look for another part of the name or address.
admin-people-all = Show everybody
admin-person-active = active
admin-person-locked = locked
admin-person-erased = erased
admin-person-unconfirmed = not confirmed
admin-person-nameless = (no name)
admin-person-lead-active = Can sign in and use the portal.
admin-person-lead-locked = Locked { $when }. Cannot sign in, and is out of every hub.
admin-person-lead-unconfirmed = Has not confirmed the mail address yet and cannot sign in.
admin-person-lead-erased = Has erased the account. Only what others need of it is kept.
admin-person-account = Account
admin-person-hub-user = User name at hubs
admin-person-lock-reason = Reason of the lock
admin-person-audit = What this person did, and what was done about them
admin-person-access = Access
admin-roles-none = No role: may apply to courses and take part.
admin-role = Role
admin-role-granted = granted here on { $date }
admin-role-from-provider = from the institution's sign-in; it can only be taken away there
admin-revoke = Take away
admin-revoke-question = Take the role “{ $role }” away from { $name }?
admin-revoke-means = It takes effect with the next click.
admin-grant-title = Grant a role
admin-grant = Grant
admin-grant-reason-help = The person gets a mail with these words.
admin-sign-out = Sign out everywhere
admin-sign-out-text = Ends all sessions of this person, on all devices and at all hubs. Signing in again is possible.
admin-sign-out-question = Sign { $name } out everywhere?
admin-sign-out-means = What is not saved on an open page may be lost.
admin-lock = Lock
admin-lock-text = Nobody signs in with this account until it is unlocked.
admin-lock-question = Lock the account of { $name }?
admin-lock-means = All sessions end, the person is out of every hub at once, and running servers are stopped.
admin-lock-reason-help = Only administrators read it.
admin-unlock = Unlock
flash-admin-role-granted = The role is granted. The person gets a mail.
flash-admin-role-revoked = The role is taken away.
flash-admin-locked = The account is locked.
flash-admin-unlocked = The account is unlocked.
flash-admin-signed-out = The person is signed out everywhere.

admin-mails-lead =
    { $given ->
        [0] { $waiting } wait, none was given up.
        [one] { $waiting } wait, one was given up.
       *[other] { $waiting } wait, { $given } were given up.
    }
admin-mails-search = Address or kind
admin-mails-none = No mails
admin-mails-none-text = Every mail of the portal is here, also after it was sent.
admin-mail-retry = Send now
admin-mail-drop = Drop
admin-mail-drop-question = Drop the mail “{ $subject }”?
admin-mail-drop-means = It will not be sent. Its reader does not learn of it.
admin-mail-masked = The link in this mail proves who its reader is. It is hidden here.
flash-admin-mail-retried = The mail is sent in a moment.
flash-admin-mail-dropped = The mail will not be sent.

mail-page-subject = Subject
mail-page-to = To
mail-page-kind = Kind
mail-page-state = State
mail-page-made = Written
mail-page-sent = Sent
mail-page-due = Goes out
mail-page-attempts = Attempts
mail-page-error = What the mail server said
mail-page-facts = Mail
mail-page-html = As it looks
mail-page-text = As text
mail-page-unread = This mail was written by another version of the portal and cannot be shown.
mail-state-pending = waiting
mail-state-again = is tried again
mail-state-sent = sent
mail-state-given-up = given up
mail-state-dropped = dropped

mailbox-lead = This is a trial: mails do not leave this computer. Everybody can read all of them here.
mailbox-search = Address
mailbox-empty = No mails yet
mailbox-empty-text = As soon as something happens that people are told of, the mail is here: a request, a decision, an open hub.
mailbox-none-found = No mail found
mailbox-none-found-text = Nothing was written to this address yet.
mailbox-all = Show all mails

audit-lead =
    { $count ->
        [one] One event.
       *[other] { $count } events, the newest first.
    }
audit-kind = About
audit-kind-course = requests and courses
audit-kind-change = changes
audit-kind-participation = participants
audit-kind-staff = leaders and assistants
audit-kind-roster = rosters
audit-kind-deployment = deployments
audit-kind-hub = hubs
audit-kind-revocation = access taken away
audit-kind-account = accounts and roles
audit-kind-session = sign-ins
audit-kind-provider = sign-in at hubs
audit-kind-mail = mails
audit-kind-setting = settings
audit-kind-terms = terms of use
audit-course = Course (address or title)
audit-person = Person (mail address or name)
audit-course-unknown = There is no such course, or more than one. Its address is exact.
audit-person-unknown = There is no such person, or more than one. The mail address is exact.
audit-none = No events
audit-none-text = Nothing fits this filter.
audit-all = Show everything
audit-account-created = Account of { $name } made
audit-account-changed = Profile of { $name } changed
audit-account-erased = Account erased
audit-account-linked = Sign-in of the institution linked for { $name }
audit-account-unlinked = Link with the institution's sign-in removed for { $name }
audit-account-locked = Account of { $name } locked
audit-account-unlocked = Account of { $name } unlocked
audit-account-leader-asked = { $name } asked to become a course leader
audit-account-password-changed = Password of { $name } changed
audit-account-password-reset = Password of { $name } set anew by mail
audit-account-address-asked = Another mail address asked for, for { $name }
audit-account-address-changed = Mail address of { $name } changed
audit-account-signed-out = { $name } signed out everywhere
audit-account-token-made = { $name } made the access token “{ $token }”
audit-account-token-revoked = { $name } revoked the access token “{ $token }”
audit-role-granted = { $name } granted the role “{ $role }”
audit-role-given = { $name } got the role “{ $role }” from the institution's sign-in
audit-role-revoked = The role “{ $role }” taken away from { $name }
audit-role-taken = { $name } lost the role “{ $role }” in the institution's sign-in
audit-session-started = { $name } signed in
audit-session-refused = The institution’s sign-in vouches for { $name } no more; the session has ended
audit-code-replayed = A sign-in code of { $name } came twice; what was issued on it is void
audit-refresh-reused = A token of { $name } came twice; what was issued on it is void
audit-key-withdrawn = Signing key { $key } withdrawn
audit-portal-restored = Restored from a backup
audit-revocation-done = { $name } taken out of the hub
audit-mail-retried = Mail sent again ({ $kind })
audit-mail-dropped = Mail dropped ({ $kind })
audit-maintenance-on = Maintenance begun
audit-maintenance-off = Maintenance ended
audit-announcement = Announcement changed
audit-setting = Setting “{ $key }” changed
audit-terms-published = Terms of use, version { $number }, published
audit-terms-accepted = { $name } accepted the terms of use, version { $number }

settings-lead-text = What can be switched here takes effect at once. The rest stands in the configuration and takes effect with a restart.
settings-maintenance = Maintenance
settings-maintenance-off = Deployments are started when they are due.
settings-maintenance-on = No new deployments are started. Hubs that run go on, and hubs whose time is over are removed.
settings-maintenance-fixed = The configuration says: no new deployments are started. It can only be ended there.
settings-maintenance-begin = Begin maintenance
settings-maintenance-end = End maintenance
settings-maintenance-question = Start no new deployments until further notice?
settings-maintenance-means = Courses that begin meanwhile wait for their hub. Hubs that run go on.
settings-announcement = Announcement
settings-announcement-text = A notice on every page, for instance about an interruption. Empty shows nothing.
settings-announcement-save = Save the announcement
settings-text-de = German text
settings-text-en = English text
settings-portal = Portal
settings-institution = Institution
settings-public-url = Public address
settings-internal-url = Address for hubs
settings-zone = Time zone
settings-registration = People may make accounts here
settings-database = Database
settings-objects = Logs and states
settings-policy = What may be asked for
settings-max-seats = Seats at most
settings-max-days = Days at most
settings-max-per-person = Per person at most
settings-capacity = What the clusters carry
settings-no-limit = no limit
settings-automatic = Accepted by itself
settings-automatic-off = nothing
settings-automatic-on = up to { $seats } seats and { $days } days
settings-environments = Environments
settings-images = Images of one's own
settings-schedule = Times
settings-lead = Deployed before the start
settings-grace = Kept after the end
settings-keep-homes = Files kept after the removal
settings-days =
    { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
settings-reminders = Reminders before the end
settings-reminder-days = { $days } days
settings-concurrency = Deployments at the same time
settings-attempts = Attempts at most
settings-deadline = An attempt may take
settings-hubs = Hubs
settings-hub-address = Address
settings-spawns = Servers starting at the same time
settings-cull = Idle servers are stopped after
settings-start-timeout = A server may take to start
settings-yes = yes
settings-no = no
flash-admin-maintenance-on = Maintenance has begun: no new deployments are started.
flash-admin-maintenance-off = Maintenance has ended.
flash-admin-announcement = The announcement is saved.

terms-admin-lead = Version { $number } holds now.
terms-admin-lead-none = No version was published here: nobody is asked to accept anything.
terms-admin-none = No version yet
terms-admin-none-text = Once you publish one below, whoever asks for a course accepts it.
terms-version = Version { $number }
terms-valid = holds now
terms-coming = to come
terms-former = former
terms-from = from
terms-read = Read
terms-new = A new version
terms-new-text = Versions are never changed, only followed by new ones. From then on everybody who asks for a course accepts the new one.
terms-text-help = Markdown.
terms-valid-date = Holds from
terms-valid-time = Time
terms-valid-help = Empty: at once.
terms-publish = Publish
flash-admin-terms = Version { $number } of the terms of use is published.
