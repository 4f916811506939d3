-- Sessions that began at an outside OpenID provider: what it said last, and how to ask it again.
CREATE TABLE identity_sessions (
    session_hash TEXT NOT NULL PRIMARY KEY REFERENCES sessions (hash) ON DELETE CASCADE,
    account_id UUID NOT NULL REFERENCES accounts (id),
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- A JSON list: the roles that the provider's groups mean.
    roles TEXT NOT NULL,
    key_id TEXT NOT NULL,
    -- Refresh token and id token as JSON, sealed.
    tokens TEXT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    -- When the provider must be asked again; NULL when it gave nothing to ask with.
    due_at BIGINT,
    lease_token TEXT,
    lease_until BIGINT,
    last_error TEXT
);
CREATE INDEX identity_sessions_due ON identity_sessions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX identity_sessions_account ON identity_sessions (account_id);
CREATE INDEX identity_sessions_identity ON identity_sessions (issuer, subject);
