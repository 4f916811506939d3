-- What ended since somebody looked the last time.
CREATE INDEX deployments_finished ON deployments (finished_at, id) WHERE finished_at IS NOT NULL;
