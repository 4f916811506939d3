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
