# One deployment of a hub, live, and the deployments of a course.

deployments-title = Deployments
deployments-hub-heading = The hub
deployments-address = Address
deployments-hub = State
deployments-hub-up = running and answering
deployments-hub-down = has not answered since { $since }
deployments-hub-none = not deployed at present
deployments-none = No deployment yet
deployments-none-text = Shortly before the start the hub is deployed by itself. What happened when will then be here.
deployments-column-what = What
deployments-column-state = Result
deployments-column-began = Began
deployments-column-took = Took
deployments-column-attempts = Attempts
deployments-column-by = Asked for by
deployments-by-portal = by itself

deployment-heading = { $title }: { $action }
deployment-state-open = waiting
deployment-state-again = waits to try again
deployment-state-working = at work
deployment-state-succeeded = succeeded
deployment-state-failed = failed
deployment-state-cancelled = stopped

deployment-lead-soon = The work begins in a moment.
deployment-lead-queue =
    { $ahead ->
        [0] All places are taken. This is the next one.
        [one] All places are taken. One other deployment comes first.
       *[other] All places are taken. { $ahead } other deployments come first.
    }
deployment-lead-maintenance = Maintenance: no new deployments are started. This one begins when the maintenance ends.
deployment-lead-again = The last attempt failed. The next one follows { $at }.
deployment-lead-cancelling = The work is being stopped, because the course ends.
deployment-lead-deploying = The hub is being deployed. It is called open only after a test person has calculated in it.
deployment-lead-updating = The hub is being changed. It goes on running meanwhile.
deployment-lead-degrading = The hub is being stopped and removed.
deployment-lead-deployed = The hub is deployed and checked.
deployment-lead-updated = The change has reached the hub.
deployment-lead-degraded = The hub is removed; nothing of it is left.
deployment-lead-failed = The hub could not be deployed. Nobody can enter at present.
deployment-lead-update-failed = The change did not succeed. The hub goes on running with its previous values.
deployment-lead-degrade-failed = The hub could not be removed completely. It is closed to participants.
deployment-lead-cancelled = The work was stopped, because the course was to end.

deployment-failure = What went wrong
deployment-failure-code = Code for support:
deployment-failure-detail = Technical detail
deployment-next-again = This may pass: it is tried again by itself. You need not do anything.
deployment-next-cancelled = It is not tried again.
deployment-next-over = This is over: the hub has been removed since.
deployment-next-permanent = Trying again alone does not help. If it lies in the values of the course, change them: then the deployment is repeated. The administrators have been told.
deployment-next-transient = Several attempts have failed. The administrators have been told and can repeat the deployment.
deployment-next-update = You can adjust the change and hand it in again. The administrators have been told.
deployment-next-degrade = The removal is repeated by itself. The administrators have been told.
deployment-next-administrator = Read the log, remove the cause, then repeat it here. If the hub cannot be saved, remove it.

deployment-steps = Steps
deployment-attempts = Attempts
deployment-attempt = Attempt { $attempt }
deployment-attempt-of = { $attempt } of at most { $most }
deployment-refresh = Load again
deployment-blind = The place where the log is kept does not answer at present. What is shown may be incomplete.
deployment-log = Log
deployment-log-whole = Whole log
deployment-log-text = The whole log as text
deployment-log-none = No log was kept.
deployment-log-cut = These are the last { $shown } of { $count } lines.
deployment-check = Check
deployment-check-words = A test person signed in, started a server and calculated correctly in a notebook. The first result came after { $duration }.
deployment-check-step = Step
deployment-check-took = Took
deployment-check-sign-in = Signing in through the portal
deployment-check-start = Starting a server
deployment-check-cell = Running a cell
deployment-check-stop = Stopping the server
deployment-fact-by = Asked for by
deployment-fact-opened = Opened
deployment-fact-began = Began
deployment-fact-took = Duration
deployment-fact-attempt = Attempt
deployment-fact-id = Identifier
