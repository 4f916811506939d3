-- The orders of long lists, and who did something.
CREATE INDEX accounts_name ON accounts (LOWER(name), id);
CREATE INDEX accounts_created ON accounts (created_at, id);
CREATE INDEX courses_title ON courses (LOWER(title), id);
CREATE INDEX courses_start ON courses (starts_at, id);
CREATE INDEX deployments_created ON deployments (created_at, id);
CREATE INDEX outbox_created ON outbox (created_at, id);
CREATE INDEX outbox_address ON outbox (address, id);
CREATE INDEX events_at_id ON events (at, id);
CREATE INDEX events_actor ON events (actor, at, id);
