# Pages about what happens at the hub of a course: servers of participants, own files, visits.

course-tab-servers = Servers
servers-lead =
    { $count ->
        [0] Nobody's server is running.
        [one] One server is running.
       *[other] { $count } servers are running.
    }
servers-privacy = You can start and stop servers. You look into one only with its owner's consent.
servers-look-again = Look again
servers-hub-does-not-answer = The hub does not answer just now, so nobody can say which servers are running. Please look again in a minute; if it lasts, the leaders and administrators are told.
servers-state-all = all participants
servers-state-active = only those with a server
servers-column-server = Server
servers-column-started = Started
servers-column-activity = Last active
servers-column-do = Do
servers-never = never here
servers-running = running
servers-starting = starting
servers-stopping = stopping
servers-off = off
servers-start = Start
servers-stop = Stop
servers-stop-question = Stop the server of { $name }?
servers-stop-means = Running calculations end, and what is not saved is lost. Saved files stay.
servers-none-text = Participants are here with their servers once they are admitted.
servers-none-found-text = Nobody matches. Names and mail addresses of the people admitted are searched.
flash-server-starts = The server is being started; that can take a minute.
flash-server-stops = The server is being stopped.
flash-server-not-done = The hub did not do it. Please look again in a minute.
history-server-started = Server of { $name } started
history-server-stopped = Server of { $name } stopped
audit-kind-server = Servers
error-no-hub = There is no hub running for this course now.
error-course-over = The course is over.

# One's own files as an archive.

files-title = My files
files-what = All files of your home on the hub come as one ZIP archive. Hidden files, whose names begin with a dot, stay out; what could not be read is listed in “not-included.txt”.
files-how = Your server is started for this where it is not running, and stopped afterwards. It can take a minute until the download begins. Save your open notebooks first.
files-fetch = Download my files
files-not-yet = There is no hub running for this course now, so there are no files to download.
files-gone = The hub has been removed, and the files on it are out of reach.
files-facts = Overview
files-until = Available until
files-last = Last downloaded
files-size = Size
files-size-of = { $size } in { $files } files
course-files = My files
course-files-text = Download your home on the hub as an archive, until { $until }.
course-files-do = To my files
flash-files-not-now = The hub did not start your server. Please try again in a few minutes.
history-home-fetched = { $name } downloaded their own files
history-home-fetched-part = { $name } began to download their own files; it broke off
audit-kind-home = Archives of homes
error-archive-under-way = Your files are being downloaded already. Please wait until that is done.

# Visits in a participant's server.

servers-column-visit = Look inside
visits-heading = Your server
visits-asked = { $name } asks to look into your server. They would see your files and notebooks, and could change them and run programs as you, as if sitting beside you. You can end it at any time.
visits-consent = Allow for { $minutes } minutes
visits-refuse = Refuse
visits-open = { $name } can open your server until { $until }.
visits-ending = The visit of { $name } in your server is over and is being ended at the hub.
visits-end = End now
visits-past-heading = Visits in your server
visits-past = { $name }, asked { $asked }, ended at { $until }
visits-ask = Ask for consent
visits-waits = waits for consent
visits-take-back = Take back
visits-until = until { $until }
visits-enter = Open the server
visits-ending-yours = being ended
flash-visit-asked = The question is put, and mailed. As soon as the person agrees, you find the link here.
flash-visit-open = You have agreed. You see here how long it lasts, and can end it.
flash-visit-refused = You have refused. Nobody looks into your server.
flash-visit-ended = The visit is ended.
flash-visit-not-now = The hub did not let the person in, so nobody is in your server. Please let them ask once more.
history-visit-asked = Asked { $name } for a look into the server
history-visit-opened = Allowed { $name } to look into the own server
history-visit-refused = Did not let { $name } look into the own server
history-visit-ended = Ended the visit with { $name }
history-visit-over = { $name } is out of the visited server
audit-kind-visit = Visits in servers
error-visit-gone = This question is answered, taken back or lapsed.
