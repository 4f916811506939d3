# Pages about people, failed deployments, settings, mail queue, audit log.
