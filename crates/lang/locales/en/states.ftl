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
shared-folder-agreed = participants read, leaders write (agreed, not enforced on this machine)
shared-folder-writable = everyone writes

admission-by-hand = each application is decided by hand
admission-roster = everyone on the roster
admission-link = everyone with the link
