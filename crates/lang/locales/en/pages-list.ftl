# What all lists share.

list-none-found = Nothing found
list-none-found-text = Nothing fits what you look for.
list-clear = Show everything
list-show = Show
list-from = From
list-until = Until
list-more = and { $count } more that are not shown here.
list-export = Take along as CSV ({ $count })

audit-as = As
audit-as-any = acting or concerned
audit-as-actor = acting
audit-exported = Audit log taken along as CSV, { $count } events
history-participation-exported = List of participants taken along as CSV, { $count } people

export-column-name = Name
export-column-address = Mail address
export-column-state = State
export-column-applied = Applied
export-column-decided = Decided
export-column-reason = Reason
export-column-at = When
export-column-kind = Kind
export-column-actor = By
export-column-actor-id = Id of who did it
export-column-course = Course
export-column-course-id = Id of the course
export-column-person = About
export-column-person-id = Id of whom it is about
export-column-data = Details
export-column-request = Request

participants-all-found = all { $count } found
participants-all-means = It fits { $count } of the { $found } people found; the others stay as they are.
participants-all-more = and { $count } more
error-more-found = Meanwhile more people are found than you saw. Please look at the number once more.

roster-search = Name or mail address
roster-more = and { $count } more that are not shown here. All of them are taken over.
