-- Tokens by which programs act for a person.
CREATE TABLE access_tokens (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- A JSON list.
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX access_tokens_account ON access_tokens (account_id);
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at);

-- What programs asked for once and may ask again without a second course.
CREATE TABLE idempotency_keys (
    account_id UUID NOT NULL,
    key TEXT NOT NULL,
    -- Of the body that came with the key.
    body_hash TEXT NOT NULL,
    course_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Lists that go on where the last part ended.
CREATE INDEX participations_after ON participations (course_id, id);
