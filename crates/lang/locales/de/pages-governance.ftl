# Pages about requests to decide and what the clusters carry.
