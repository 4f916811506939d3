# Messages of leaders to all, on pages and by mail.

course-tab-announcements = Messages
announcement-write = Write to all
announcement-write-text = Your message goes by mail to everybody who is admitted, and stands on their course page. You see it once more before.
announcement-nobody = Messages can be written from the acceptance of the course to its end.
announcement-subject = Subject
announcement-text = Message
announcement-text-help = Line breaks stay, addresses with https:// become links.
announcement-to = Also to
announcement-to-help = Who is admitted gets the message in any case.
announcement-to-waiting = Everybody who has applied or is on the waiting list
announcement-to-staff = Leaders and assistants
announcement-preview = Look at it
announcement-preview-title = This is how the message goes out
announcement-reach =
    { $count ->
        [0] Nobody gets a mail at present; the message stands on the course page.
        [one] One person gets this mail.
       *[other] { $count } people get this mail.
    }
announcement-without-mail =
    { $count ->
        [one] One more has switched such mails off and reads it on the course page.
       *[other] { $count } more have switched such mails off and read it on the course page.
    }
announcement-send = Send
announcement-edit = Change it
announcement-sent = Sent
announcement-latest = Messages
error-announcement-subject = The subject is missing, or longer than { $max } characters.
error-announcement-text = The message is missing, or longer than { $max } characters.
error-announcement-limit = A course gets { $limit } messages in 24 hours at most. Nothing was sent; your text is still in the form.
flash-announcement-sent = The message is on its way.
history-announcement-sent = Message to all: “{ $subject }” (mails: { $mails })
audit-kind-announcement = Messages
audit-kind-invite = Invite links
mail-announcement-subject = { $subject } – “{ $title }”
mail-announcement-text = { $actor } writes to everybody of the course “{ $title }”:
mail-why-announcement = You get this mail because the leaders of the course “{ $title }” write to everybody who takes part in it, has applied for it or helps with it. The message also stands on the course’s page.
