-- What somebody sent after their session had ended, sealed, until they have signed in again; one per browser and page.
CREATE TABLE kept_forms (
    hash TEXT NOT NULL,
    page TEXT NOT NULL,
    person TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (hash, page)
);
CREATE INDEX kept_forms_expired ON kept_forms (expires_at);
