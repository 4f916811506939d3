# What is wrong with an input or a step, and what would be right.

error-slug-length = The address needs 3 to 40 characters.
error-slug-characters = The address may contain only the small letters a to z, digits and hyphens, for instance “python-2027”. It must not begin with “xn--”.
error-slug-ends = The address must begin with a letter and must not end with a hyphen.
error-slug-reserved = This address is reserved for the platform itself. Please choose another one.

error-title-length = The title needs 3 to 120 characters.
error-description-length = The description is too long: at most 20,000 characters.
error-remarks-length = The remarks are too long: at most 5000 characters.

error-date-form = Please give a date, for instance 2027-03-01.
error-time-form = Please give a time, for instance 07:30.
error-time-gap = This time does not exist on that day, because clocks go forward for summer time. Please choose an hour earlier or later.
error-end-before-start = The end must be after the start.
error-end-past = The end is in the past. Please choose a time that is still to come.
error-too-long =
    { $days ->
        [one] A course may last one day at most.
       *[other] A course may last { $days } days at most.
    }

error-seats = Please give a number of seats between 1 and { $max }.
error-cpu = The computing power per person must be more than 0 and at most { $max } CPU.
error-memory = The memory per person must be more than 0 and at most { $max } GiB.
error-storage = The storage per person must be more than 0 and at most { $max } GiB.

error-environment-unknown = This environment is not in the catalogue, or no longer. Please choose one from the list.
error-environment-nowhere = No cluster runs this environment. Please choose another one.
error-environment-not-here = The cluster of this course does not run this environment. Please choose another one.
error-cluster-environment = This environment does not run on this cluster.
error-cluster-unknown = There is no such cluster.
error-image-not-allowed = Images of your own are not allowed here. Please choose an environment from the catalogue.
error-image-latest = “latest” can be something else tomorrow than it is today. Please name a fixed version or a digest.
error-image-form = This is not a valid image reference. A right one is “quay.io/jupyter/scipy-notebook:2026-10-05”.
error-image-registry = Please name the image with its registry, for instance “quay.io/jupyter/scipy-notebook:2026-10-05”.
error-image-tag = The tag after the colon is not valid. It may contain letters, digits, dots, hyphens and underscores.
error-image-tag-missing = The image lacks its version: a tag such as “:2026-10-05” or a digest such as “@sha256:…”.
error-image-digest = The digest is not valid. It consists of “sha256:” and 64 digits or letters from a to f.

error-git-url-form = This is not the address of a Git repository. A right one is “https://git.example.org/teaching/material.git”.
error-git-url-https = The repository's address must begin with “https://”, because only public repositories can be read.
error-git-url-credentials = The address contains credentials. Please remove them; the repository must be readable without signing in.

error-mail-address-form = This is not a valid mail address. A right one is “name@university.example”.
error-mail-domain-form = This is not a valid domain. A right one is “university.example”, without “@”.
error-username-form = The user name must begin with a small letter and consist of 3 to 31 small letters, digits and hyphens.

error-choice = Please choose one of the offered values.
error-slug-taken = Another course has this address at present. Please choose another one.
error-slug-fixed = The address can no longer be changed, because the hub is set up under it.
error-start-past = The course has begun already; its start can no longer be changed.
error-storage-shrinks = The storage of a running hub can only grow.
error-seats-admitted =
    { $admitted ->
        [one] One person is admitted already. Please give at least one seat.
       *[other] { $admitted } people are admitted already. Please give at least that many seats.
    }
error-domains-missing = Please name at least one mail domain, for instance “university.example”, and at most { $max }.
error-start-path = Please give the path of the app below the server, for instance “rstudio”. It may contain letters, digits, dots, hyphens, underscores and slashes.
error-start-notebook = Please give the path of a notebook in the material, for instance “week-1/start.ipynb”.
error-material-missing = To start with a notebook of the material, please give the material's address.
error-branch-form = This is not a valid name of a branch or tag. A right one is “main”.
error-folder-form = The folder may contain letters, digits, dots, hyphens and underscores, and must not begin with a dot.
error-terms = Please accept the terms of use.
error-terms-changed = The terms of use changed while you filled in the form. Please read the new version and accept it.
error-terms-text = The terms need a text in both languages, of at most 100,000 characters.
error-announcement-length = The notice is too long: at most 500 characters.
error-reason-missing = Please write why. The people concerned read it.
error-reason-length = The text is too long: at most 2000 characters.
error-copy-days = Please give a whole number of days, at most ten years ahead or back.
error-capacity = This is more than the clusters carry at that time. If it should be accepted all the same, please write why.

error-roster-form = This is not a CSV file. Please save the list as CSV, with a mail address and a name in each line.
error-roster-empty = There is no line in this file.
error-roster-too-long = The list is too long: at most { $max } lines.
error-roster-twice = This address stands in line { $line } already.
error-roster-quote = A quotation mark is opened, but not closed.
error-roster-nothing = Please choose a file, or paste the roster.

error-account-unknown = Nobody with this confirmed mail address has an account here. The person must sign in once first.
error-not-a-leader = This person may not lead courses. An administrator can grant the role.

# Why a step is not possible now.

error-not-found = This does not exist, or not any more.
error-forbidden = You may not do this.
error-changed-meanwhile = Somebody else has changed this meanwhile. Please look at it again and repeat the step if it still fits.
error-already-there = This is there already.
error-state =
    { $state ->
        [REQUESTED] This is not possible while the request waits for a decision.
        [REJECTED] This is not possible, because the request is rejected.
        [ACCEPTED] This is not possible while the course waits for its time.
        [DEPLOYING] This is not possible while the hub is being deployed. Please try again when that is done.
        [DEPLOYED] This is not possible while the hub is running.
        [DEGRADING] This is not possible any more: the hub is being removed.
        [DEGRADED] This is not possible any more: the course is over.
        [FAILED] This is not possible now, because something has failed that an administrator must put right.
        [CANCELLED] This is not possible any more: the course is withdrawn.
       *[other] This is not possible now.
    }
error-sent-back = The request was sent back and waits for the leader's answer.
error-change-pending = Another change waits for a decision. Please take it back first or wait.
error-change-decided = This change is decided or taken back already.
error-change-too-late = The end that was asked for has passed meanwhile.
error-deployment-open = The hub is being worked on. Please try again when that is done.
error-stopping-already = The course is being ended already.
error-applications-closed = Applications are not open, or not any more.
error-already-staff = You are among the leaders or assistants of this course and need not apply.
error-no-seat = No seat is free.
error-participant-left = This person has left the course and can apply again.
error-participant-gone = This person is not in the course any more.
error-participant-not-admitted = This person is not admitted.
error-is-leader = This person leads the course already.
error-last-leader = A course needs a leader. Please hand it over to somebody first.
error-too-many-staff = There are too many leaders and assistants already.
error-too-many-drafts = There are too many drafts. Please delete some first.
error-mail-state = This mail is sent, dropped or being sent just now.

# Why a deployment failed, where the worker could not say it itself; the others are in hub.ftl.

failure-unknown = The work failed, and the cause was not named.
failure-worker-lost = The program that did the work stopped without a word.
failure-worker-not-started = The program that does the work could not be started.
