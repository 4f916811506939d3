# Mails; put together in crates/mail/src/content.rs.

mail-greeting = Dear { $name },
mail-greeting-nameless = Hello,

# Facts
mail-fact-time = When
mail-fact-hub = Address
mail-fact-invite = Invite link
mail-fact-sign-in = Sign-in
mail-fact-server-start = Server start
mail-fact-cell = Calculation in a notebook
mail-fact-checked = Checked at
mail-fact-code = Code for support
mail-fact-action = Step
mail-fact-leader = Leader
mail-fact-attempts = Attempts
mail-fact-next-attempt = Next attempt
mail-fact-waiting = Mails waiting
mail-fact-oldest = Oldest
mail-fact-position = Place on the waiting list
mail-fact-new-address = New address
mail-fact-changed = Changed
mail-fact-person = Person
mail-fact-mail-address = Mail address

mail-timeline = Where the course stands
mail-timeline-now = now
mail-timeline-expired = expired
mail-timeline-deployed = deployed
mail-zone = All times are in the time zone { $zone }.

mail-reason-by = { $actor } writes:
mail-reason = Reason given:
mail-cause = Cause:
mail-detail = Technical details:
mail-last-error = Last answer of the mail server:
mail-changes = The change in detail:
mail-change = { $before } → { $after }
mail-change-unshown = reworded
mail-more =
    { $count ->
        [one] … and one more person
       *[other] … and { $count } more people
    }
mail-more-pending =
    { $count ->
        [one] … and one more item
       *[other] … and { $count } more items
    }

# Buttons
mail-action-course = View the course
mail-action-revise = Revise the request
mail-action-answer = Complete the request
mail-action-hub = Open the hub
mail-action-decide-applications = Decide applications
mail-action-decide-requests = Decide requests
mail-action-deployment = View the log
mail-action-queue = View the mail queue
mail-action-extend = Ask for an extension
mail-action-download = Download my files
mail-action-confirm = Confirm the address
mail-action-password = Choose a new password
mail-action-account = Check the account
mail-action-start = Start now
mail-action-person = View the request
mail-action-visit = Answer

# To leaders

mail-request-received-subject = Your request for “{ $title }” has arrived
mail-request-received-text = Your request for the course “{ $title }” has arrived. Governance will decide on it, and you will hear the result by mail. Until then you can still change or withdraw the request.

mail-request-accepted-subject = “{ $title }” is accepted
mail-request-accepted-by = { $actor } has accepted your request for the course “{ $title }”.
mail-request-accepted-automatic = Your request for the course “{ $title }” is accepted. It stays within the limits that need no individual decision.
mail-request-accepted-next = There is nothing more for you to do now: the hub will be deployed and checked in time before the start. People can apply from now on.
mail-request-accepted-invite = Pass this link on to your participants. Whoever follows it can apply.

mail-request-rejected-subject = “{ $title }” is rejected
mail-request-rejected-by = { $actor } has rejected your request for the course “{ $title }”.
mail-request-rejected = Your request for the course “{ $title }” was rejected.
mail-request-rejected-next = What you entered is kept. You can revise the request and hand it in again.

mail-request-sent-back-subject = A question about your request “{ $title }”
mail-request-sent-back-by = { $actor } has a question about your request for the course “{ $title }”. Nothing is decided yet.
mail-request-sent-back = There is a question about your request for the course “{ $title }”. Nothing is decided yet.
mail-request-sent-back-next = Please complete the request and send it again. It will not be decided before that.

mail-hub-deployed-subject = The hub for “{ $title }” is ready
mail-hub-deployed-text = The hub for the course “{ $title }” is deployed and checked: a test person has signed in, started a server and calculated correctly in a notebook.
mail-hub-deployed-next = You and your assistants can enter at once, participants from the start: { $start }.
mail-hub-deployed-next-open = The hub is open, for participants too.

mail-deployment-failed-subject = Problem: the hub for “{ $title }” is not ready
mail-deployment-failed-text = The hub for the course “{ $title }” could not be deployed. Nobody can enter at present.
mail-deployment-failed-transient = Several attempts have failed. The administrators have been told and are looking after it; you need not do anything and will get a mail as soon as the hub is ready.
mail-deployment-failed-permanent = The administrators have been told. If the cause lies in the details of the course, you can change them on the course page; then the deployment can be repeated.
mail-update-failed-subject = The change to “{ $title }” could not be applied
mail-update-failed-text = The change to the hub of the course “{ $title }” could not be applied. The hub goes on running with its previous settings; your teaching is not affected.
mail-update-failed-next = The administrators have been told. The course page shows which settings apply, and you can adjust the change there.
mail-degrade-failed-subject = The hub of “{ $title }” could not be removed
mail-degrade-failed-text = The hub of the course “{ $title }” could not be removed completely after its end. It is closed to participants.
mail-degrade-failed-next = The administrators have been told and are looking after it. You need not do anything.

mail-hub-degraded-subject = “{ $title }” is over
mail-hub-degraded-text = The course “{ $title }” is over.
mail-hub-degraded-by = { $actor } has ended the course “{ $title }”.
mail-hub-degraded-gone = The hub and all files on it have been removed.
mail-hub-degraded-kept = The hub has been removed. The files on it are kept until { $until } and then deleted. Only administrators can still reach them: whoever needs some of them should ask before that.
mail-hub-degraded-next = The record of the course is kept. For the next term you can copy it with new dates on the course page.

mail-applications-digest-subject =
    { $count ->
        [one] A new application for “{ $title }”
       *[other] { $count } new applications for “{ $title }”
    }
mail-applications-digest-text =
    { $count ->
        [one] One person has applied for the course “{ $title }”:
       *[other] { $count } people have applied for the course “{ $title }”:
    }
mail-applications-digest-undecided =
    { $count ->
        [one] In all, one application is waiting for your decision.
       *[other] In all, { $count } applications are waiting for your decision.
    }
mail-applications-digest-none = There is nothing to decide: the rule of the course has answered these applications.

mail-end-reminder-leader-subject =
    { $days ->
        [0] “{ $title }” ends today
        [one] “{ $title }” ends tomorrow
       *[other] “{ $title }” ends in { $days } days
    }
mail-end-reminder-leader-text = The course “{ $title }” ends on { $end }. After that the hub is closed to participants.
mail-end-reminder-leader-save = Please save in time what you want to keep: your own notebooks, the shared folder and work that was handed in. Participants are reminded too.
mail-end-reminder-leader-removed = You can still enter the hub until { $removed }. Then it is removed, and the files on it are out of reach.
mail-end-reminder-leader-next = If you need more time, please ask for an extension now.

mail-change-accepted-subject = The change to “{ $title }” is accepted
mail-change-accepted-by = { $actor } has accepted your change to the course “{ $title }”.
mail-change-accepted = Your change to the course “{ $title }” is accepted.
mail-change-accepted-running = The running hub is being updated now; all files are kept. Computing power, memory and environment apply to each person from the next start of their server.
mail-change-accepted-noted = It is in force. The hub runs on as it is.
mail-change-accepted-waiting = The hub will be deployed with the new details.
mail-change-rejected-subject = The change to “{ $title }” is rejected
mail-change-rejected-by = { $actor } has rejected your change to the course “{ $title }”.
mail-change-rejected = Your change to the course “{ $title }” was rejected.
mail-change-rejected-next = The course stays as it was accepted.

mail-course-cancelled-subject = “{ $title }” is withdrawn
mail-course-cancelled-by = { $actor } has withdrawn the course “{ $title }”. No hub will be deployed.
mail-course-cancelled = The course “{ $title }” was withdrawn. No hub will be deployed.
mail-course-expired-subject = “{ $title }” has expired
mail-course-expired-requested = The request for the course “{ $title }” had not been decided by the time the course was to end. It was therefore closed automatically.
mail-course-expired-accepted = The course “{ $title }” was accepted, but no hub was deployed before its end. It was therefore closed automatically.
mail-course-cancelled-next = If you still need the course, you can copy it with new dates on the course page and request it again.

mail-hub-down-subject = The hub for “{ $title }” does not answer
mail-hub-down-text = The hub for the course “{ $title }” has not answered since { $since }. Nobody can sign in at present, and running sessions may be interrupted. Saved files are not affected.
mail-hub-down-next = The administrators see the problem too. You need not do anything; the course page shows how things stand.

# To participants

mail-application-received-subject = Your application for “{ $title }” has arrived
mail-application-received-text = Your application for the course “{ $title }” has arrived. The leaders of the course will decide on it, and you will hear the result by mail.

mail-admitted-subject = You are admitted to “{ $title }”
mail-admitted-by = { $actor } has admitted you to the course “{ $title }”.
mail-admitted = You are admitted to the course “{ $title }”.
mail-admitted-next = The hub opens on { $start }. There is nothing to install; a browser is enough.
mail-admitted-next-open = The hub is already open. There is nothing to install; a browser is enough.

mail-rejected-subject = Your application for “{ $title }”
mail-rejected-by = { $actor } has not accepted your application for the course “{ $title }”.
mail-rejected = Your application for the course “{ $title }” was not accepted.
mail-rejected-next = If you think this is a mistake, please get in touch with the leaders of the course.

mail-waiting-list-subject = Waiting list for “{ $title }”
mail-waiting-list-text = All seats in the course “{ $title }” are taken at present. You are on the waiting list.
mail-waiting-list-next = When a seat becomes free, you move up by yourself and get a mail. You need not do anything.

mail-promoted-subject = A seat in “{ $title }” has become free
mail-promoted-text = A seat in the course “{ $title }” has become free: you have moved up from the waiting list and are now admitted.

mail-removed-subject = You no longer take part in “{ $title }”
mail-removed-by = { $actor } has removed you from the course “{ $title }”. You no longer have access to the hub.
mail-removed = You were removed from the course “{ $title }”. You no longer have access to the hub.
mail-removed-next = If you think this is a mistake, or need files from the hub, please get in touch with the leaders of the course.

mail-hub-open-subject = “{ $title }” begins: the hub is open
mail-hub-open-text = The course “{ $title }” has begun and the hub is open. Sign in with the account that you applied with.

mail-end-reminder-participant-subject =
    { $days ->
        [0] “{ $title }” ends today: save your files
        [one] “{ $title }” ends tomorrow: save your files
       *[other] “{ $title }” ends in { $days } days: save your files
    }
mail-end-reminder-participant-text = The course “{ $title }” ends on { $end }. After that the hub is closed.
mail-end-reminder-participant-save = Until then, download what you want to keep, for instance your notebooks and data.
mail-end-reminder-participant-removed = After that you can still download your files as an archive from the course page until { $removed }. Then they are out of reach and will be deleted.
mail-end-reminder-participant-gone = At the end your files are out of reach and will be deleted.

mail-course-over-subject = “{ $title }” is over
mail-course-over-text = The course “{ $title }” is over and the hub is closed.
mail-course-over-download = You can still download your files as an archive until { $until }. After that they are deleted for good.
mail-course-over-gone = The files on the hub are out of reach now and will be deleted.
mail-course-off-subject = “{ $title }” will not take place
mail-course-off-text = The course “{ $title }”, for which you applied, will not take place on this platform. You need not do anything.

# To governance

mail-governance-digest-subject =
    { $count ->
        [one] One item is waiting for your decision
       *[other] { $count } items are waiting for your decision
    }
mail-governance-digest-text =
    { $count ->
        [one] This is new and waiting for a decision:
       *[other] These are new and waiting for a decision:
    }
mail-pending-request = Request: { $title }
mail-pending-change = Change: { $title }
mail-pending-extension = Extension: { $title }
mail-pending-detail =
    { $seats ->
        [one] { $leader } · { $from } to { $to } · one seat
       *[other] { $leader } · { $from } to { $to } · { $seats } seats
    }

# To administrators

mail-failed-deployment-admin-subject = Deployment failed: { $title }
mail-failed-update-admin-subject = Update failed: { $title }
mail-failed-degrade-admin-subject = Removal failed: { $title }
mail-failed-deployment-admin-text = For the course “{ $title }” ({ $slug }) a step has failed and needs a person.
mail-failed-deployment-admin-transient = The error counts as transient, but all attempts are used up. Check the cluster and repeat the step on the page of the deployment.
mail-failed-deployment-admin-permanent = The error counts as permanent: repeating helps only when the cause is removed. The leaders have been told.
mail-failed-update-admin-text = For the course “{ $title }” ({ $slug }) an update has failed. The hub goes on running with its previous settings.

mail-failed-cleanup-subject = Not removed completely: { $title }
mail-failed-cleanup-text = The hub of the course “{ $title }” ({ $slug }), or what was kept of it, could not be removed completely. Until it is, it takes up resources.
mail-failed-cleanup-retry = The removal is repeated automatically. A person is needed only if that fails too.
mail-failed-cleanup-manual = Nothing more is tried automatically. Remove the cause and repeat the removal on the page of the deployment.

mail-mail-queue-stuck-subject = Mails are not being delivered
mail-mail-queue-stuck-text =
    { $count ->
        [one] One mail cannot be delivered at present. Decisions and reminders are affected too.
       *[other] { $count } mails cannot be delivered at present. Decisions and reminders are affected too.
    }
mail-mail-queue-stuck-next = Delivery is repeated automatically as soon as the mail server accepts again. Check it with “jhaas doctor”.

mail-leader-asked-subject = { $name } would like to lead courses
mail-leader-asked-text = { $name } asks for the right to request courses.
mail-leader-asked-next = Please look at the request and grant the role “course leader”, or decline.

# About the account

mail-confirm-address-subject = Please confirm your mail address
mail-confirm-address-text = This mail address was given for an account at “{ $institution }”. Please confirm that it is yours.
mail-confirm-address-valid = The link is valid until { $until } and works once.
mail-confirm-address-otherwise = If this was not you, there is nothing to do: without confirmation the address is not used.

mail-account-exists-subject = You already have an account
mail-account-exists-text = Somebody gave this mail address for a new account at “{ $institution }”. It already belongs to your account, so no other one was made.
mail-account-exists-next = Please sign in as usual. If you have forgotten your password, you can choose a new one.
mail-account-exists-otherwise = If this was not you, there is nothing to do: nobody got into your account.

mail-reset-password-subject = Choose a new password
mail-reset-password-text = A new password was asked for, for your account at “{ $institution }”. You can choose it by this link.
mail-reset-password-otherwise = If this was not you, there is nothing to do: your password stays as it is.

mail-address-changed-notice-subject = Your mail address was changed
mail-address-changed-notice-text = The mail address of your account at “{ $institution }” was changed. We will no longer write to this address.
mail-address-changed-notice-otherwise = If this was not you, please check your account at once and get in touch with the administrators.
mail-sign-in-added-subject = A way to sign in was added to your account
mail-sign-in-added-text = Your account at “{ $institution }” can now also be signed in to with “{ $provider }”.
mail-sign-in-removed-subject = A way to sign in was removed from your account
mail-sign-in-removed-text = Your account at “{ $institution }” can no longer be signed in to with “{ $provider }”. Sessions that began there have ended.
mail-sign-in-changed-otherwise = If this was not you, please check your account at once and get in touch with the administrators.

mail-role-granted-subject = You now have the role “{ $role }”
mail-role-granted-by = { $actor } has given you the role “{ $role }”.
mail-role-granted = You have been given the role “{ $role }”.
mail-role-granted-leader = You can now request courses.
mail-role-granted-governance = You can now decide on requests and changes.
mail-role-granted-administrator = You now run this platform: people, deployments, settings and mails.

mail-staff-named-subject-leader = You now lead “{ $title }”
mail-staff-named-subject-co-leader = You are co-leader of “{ $title }”
mail-staff-named-subject-assistant = You are assistant in “{ $title }”
mail-staff-named-leader-by = { $actor } has handed the course “{ $title }” over to you.
mail-staff-named-leader = You have taken over the course “{ $title }”.
mail-staff-named-co-leader-by = { $actor } has made you co-leader of the course “{ $title }”.
mail-staff-named-co-leader = You are now co-leader of the course “{ $title }”.
mail-staff-named-assistant-by = { $actor } has made you assistant in the course “{ $title }”.
mail-staff-named-assistant = You are now assistant in the course “{ $title }”.
mail-staff-named-leader-rights = You can change the course, invite and admit people, name co-leaders and assistants, and end the course.
mail-staff-named-co-leader-rights = You can do all that the leader can: change the course, invite and admit people, name assistants, end the course. Only the leader cannot be removed by you.
mail-staff-named-assistant-rights = You see the participants, decide on applications, can start and stop participants' servers, and look into one with its owner's consent.

mail-visit-asked-subject = { $actor } asks to look into your server in “{ $title }”
mail-visit-asked-text = { $actor } of the course “{ $title }” asks to look into your server on the hub.
mail-visit-asked-means = If you agree, they can open your server for { $minutes } minutes, see your files and notebooks, and change them. You can end that at any time on the course page. Without your consent nobody can.
mail-visit-asked-next = Please allow it or refuse; the question lapses on { $until }.

# Foot
mail-why-leader = You get this mail because you lead the course “{ $title }”.
mail-why-participant = You get this mail because you take part in the course “{ $title }” or have applied for it.
mail-why-governance = You get this mail because you decide on requests.
mail-why-administrator = You get this mail because you run this platform.
mail-why-account = You get this mail because of your account at “{ $institution }”.
mail-why-address = You get this mail because this address was given at “{ $institution }”.
mail-stop-optional = You can switch off mails of this kind in your account:
mail-stop-never = This mail is necessary and cannot be switched off.

# Fields of a course
mail-field-title = Title
mail-field-slug = Address
mail-field-description = Description
mail-field-starts-at = Start
mail-field-ends-at = End
mail-field-seats = Seats
mail-field-cpu = Computing power per person
mail-field-memory = Memory per person
mail-field-storage = Storage per person
mail-field-environment = Environment
mail-field-start-page = Start page
mail-field-material = Course material
mail-field-shared-folder = Shared folder
mail-field-admission = Admission
mail-cpu = { $count } CPU
