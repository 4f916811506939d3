# States, roles and steps; read through crates/lang/src/names.rs.

state-requested = requested
state-sent-back = sent back
state-rejected = rejected
state-accepted = accepted
state-deploying = deploying
state-deployed = open
state-degrading = being removed
state-degraded = over
state-failed = failed
state-cancelled = withdrawn

state-requested-meaning = The request is waiting for a decision.
state-sent-back-meaning = Governance has a question. The request is decided only after it has been completed and sent again.
state-rejected-meaning = The request was rejected. It can be revised and handed in again.
state-accepted-meaning = The request is accepted. The hub will be deployed in time before the start; people can already apply.
state-deploying-meaning = The hub is being deployed and will then be checked.
state-deployed-meaning = The hub has been checked and is running.
state-degrading-meaning = The hub is being stopped and removed.
state-degraded-meaning = The course is over and the hub is gone. The record of the course is kept.
state-failed-meaning = Something went wrong and needs a person. The administrators have been told.
state-cancelled-meaning = The course was withdrawn; there never was a hub.

participation-applied = applied
participation-waiting = on the waiting list
participation-admitted = admitted
participation-rejected = not admitted
participation-removed = removed from the course
participation-left = left

role-leader = course leader
role-governance = governance
role-administrator = administrator

course-role-leader = leader
course-role-co-leader = co-leader
course-role-assistant = assistant
course-role-participant = participant

action-deploy = deployment
action-update = update
action-degrade = removal

phase-starting = starting
phase-initialising = preparing
phase-planning = planning
phase-applying = applying
phase-verifying = checking
phase-done = done

start-page-lab = JupyterLab
start-page-notebook = Notebook

shared-folder-none = none
shared-folder-read-only = participants read, leaders write
shared-folder-writable = everyone writes

admission-by-hand = each application is decided by hand
admission-roster = everyone on the roster
admission-link = everyone with the link
