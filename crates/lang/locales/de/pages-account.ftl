# Pages about account, sign-in and the person's own data.
