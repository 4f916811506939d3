# Pages that everybody may read.

landing-title = A JupyterHub for your course
landing-lead = Ask for it before the term, use it from the first lesson, forget it after the last one. Nothing to install, neither for you nor for those who take part.
landing-how = How it works
landing-life = The life of a course
landing-participants = To take part
landing-participants-text = You have been given a link to a course. Open it, sign in and apply. Once you are admitted, the hub opens in your browser at the time the course begins.
landing-leaders = To teach
landing-leaders-text = Say when the course runs, how many take part and which software it needs. You hear of the decision by mail, pass the link on, and see at any time how the hub is doing.
landing-governance = To decide
landing-governance-text = See each request beside what the clusters carry in those weeks, and decide with a word of reason.

help-title = Help
help-lead = What you can do here, and how, depends on what you came for.
help-participant = Taking part
help-participant-join = Open the link to the course, sign in and apply. You hear by mail whether you are admitted; the page of the course says it too.
help-participant-open = From the beginning of the course until its end, the page of the course has a button that opens the hub. Your files stay there from one lesson to the next.
help-participant-save = Save what you want to keep before the end of the course. We remind you by mail; after the end the hub and the files in it are removed.
help-leader = Leading a course
help-leader-request = Request the course: title, address, time, number of seats, computing power and software. A draft is kept until you hand it in. Last term's course can be copied.
help-leader-invite = After acceptance, pass the invite link on or upload a roster. You decide who gets in: one by one, by roster, by mail domain, or everyone with the link.
help-leader-run = The hub is set up and tried out before the first lesson, so that it works when you begin. While it runs you see who is there and can start and stop people's servers.
help-leader-end = You can ask for changes and for more time at any point. After the end the hub is taken down by itself.
help-governance = Deciding on requests
help-governance-text = Under “Requests” you see what is waiting, with what it would commit. Accept, reject or send back, always with a message: the course leader reads it by mail.
help-administrator = Running the portal
help-administrator-text = Under “Administration” you find people and roles, failed deployments with their logs, the mail queue and the audit log. The operator's handbook comes with the software.
help-contact = If nothing here helps
help-contact-text = Write to us, and name the course and the time. If a page showed you a code, add it:
help-contact-none = Please turn to whoever gave you the link to the course.

imprint-text =
    This portal is run by { $name }.

    The operator has not yet put in an imprint.
privacy-title = Privacy
privacy-text =
    # What is stored

    Your name, your mail address, your roles and your choices; which courses you applied to, lead or take part in; who decided what and when. In the hub of a course: the files you make there, until the hub is removed.

    # What for

    To let the right people into the right courses, to run the hubs, and to tell you what concerns you. Nothing is passed on, and no page loads anything from elsewhere.

    # Cookies

    One keeps you signed in; others remember the language and appearance you chose. There are none for anything else.

    # Your rights

    In your account you can export what is stored about you, and erase the account.
terms-title = Terms of use
terms-lead = Version { $number }, in force since { $since }
terms-text =
    # What the hubs are for

    For the course they were requested for. Please do not use them for anything that harms others or breaks the law, and do not pass your access on.

    # What you can rely on

    A hub is there from the beginning to the end of its course. Keep copies of what matters to you: after the end, everything in it is removed.

    # What others see

    Course leaders see who takes part and whose server runs. They can look into your server only after you agreed.
legal-default = This is the text that comes with the software. The operator can replace it.

problem-status = Page { $status }
problem-means = What this means
problem-todo = What you can do
problem-support = For support
problem-code = Code
problem-time = Time
problem-contact = Mail
problem-back = Go on
problem-home = To the start page
problem-nothing-stored = Nothing was changed.

problem-cross-site = This action was started by another site or another window, and was refused to protect you.

problem-bad-request = This could not be understood
problem-bad-request-happened = The address or what was sent with it is incomplete or misspelt.
problem-bad-request-todo = Go back, load the page again and repeat the step. If you followed a link, check whether it was copied whole.
problem-forbidden = This is not open to you
problem-forbidden-happened = You are signed in, but your roles do not cover this step.
problem-forbidden-means = Nothing was changed. Roles can change at any time; perhaps you had this one until recently.
problem-forbidden-todo = Ask the leaders of the course or the administrators if you should have this right. If you have another account, sign in with that.
problem-not-found = There is nothing here
problem-not-found-happened = There is no page at this address, or it is not meant for your account.
problem-not-found-means = The link may be misspelt or old, or the course is no longer there.
problem-not-found-todo = Check the address, sign in with the right account, or begin at the start page.
problem-conflict = Somebody was faster
problem-conflict-happened = What you wanted to change has changed in the meantime.
problem-conflict-means = Your step was not carried out, so that nobody's change is lost.
problem-conflict-todo = Look at how things stand now, and repeat the step if it is still needed.
problem-not-now = This is not possible now
problem-not-now-todo = Go back and look how things stand, and try again when what is in the way has passed.
problem-gone = This link is no longer valid
problem-gone-happened = The link was good once, but has been used, withdrawn or replaced, or its time has passed.
problem-gone-means = It cannot be revived, which protects you and others.
problem-gone-todo = Ask whoever gave you the link for a new one.
problem-too-large = This is too large
problem-too-large-happened = What you sent is larger than this page accepts.
problem-too-large-todo = Send a smaller file, or split it.
problem-too-many = A little slower, please
problem-too-many-happened = There were too many attempts within a short time.
problem-too-many-todo = Wait a few minutes and try again; after many attempts it takes up to an hour.
problem-again-text = What you entered is not lost: you can send it once more from here.
problem-again = Send once more
problem-internal = Something went wrong on our side
problem-internal-happened = The portal could not complete this page.
problem-internal-means = It is not your fault. A step that you took is either stored as a whole or not at all. Running hubs are not affected.
problem-internal-todo = Look whether your step is stored before you repeat it. If it happens again, write to support and name the code below.
problem-unavailable = Not available just now
problem-unavailable-happened = A part that the portal needs does not answer.
problem-unavailable-means = Nothing was changed. Running hubs usually go on working.
problem-unavailable-todo = Try again in a minute.
