# Pages about courses: requests, participants, the course page.
