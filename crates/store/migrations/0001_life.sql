-- The tables of the life cycle. One text for SQLite and PostgreSQL: instants are BIGINT epoch milliseconds, states are
-- TEXT, structured values are TEXT holding JSON. Statements end with a semicolon at the end of a line.

CREATE TABLE accounts (
    id UUID NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_verified_at BIGINT,
    name TEXT NOT NULL,
    hub_user TEXT NOT NULL UNIQUE,
    password_hash TEXT,
    lang TEXT NOT NULL,
    zone TEXT,
    optional_mails BOOLEAN NOT NULL,
    -- The course whose hub this synthetic student checks; people have none.
    synthetic_course UUID,
    locked_at BIGINT,
    lock_reason TEXT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX accounts_email ON accounts (email);

CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_account ON identities (account_id);

CREATE TABLE account_roles (
    account_id UUID NOT NULL REFERENCES accounts (id),
    role TEXT NOT NULL,
    -- 'granted' by an administrator or 'provider' by the identity provider's groups.
    source TEXT NOT NULL,
    granted_by UUID,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, role, source)
);
CREATE INDEX account_roles_role ON account_roles (role);

CREATE TABLE one_time_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id),
    -- The address to confirm, where the purpose is a confirmation.
    email TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX one_time_tokens_expiry ON one_time_tokens (expires_at);

CREATE TABLE sessions (
    hash TEXT NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    -- Set for the synthetic student: the only course whose hub this session may enter.
    synthetic_course UUID,
    user_agent TEXT NOT NULL,
    signed_in_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE rate_counters (
    bucket TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    hits INTEGER NOT NULL,
    PRIMARY KEY (bucket, window_start)
);
CREATE INDEX rate_counters_window ON rate_counters (window_start);

CREATE TABLE courses (
    id UUID NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    -- REQUESTED, and the leader must answer first.
    sent_back BOOLEAN NOT NULL,
    spec TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- When the dispatcher must look at the course next; NULL when nothing will happen by itself.
    due_at BIGINT,
    -- What failed, while FAILED: 'deploy' or 'degrade'.
    failed_action TEXT,
    -- Somebody asked for the end before its time.
    stop_requested BOOLEAN NOT NULL,
    invite_token TEXT NOT NULL UNIQUE,
    -- Automatic degrade attempts after a failure.
    cleanup_attempts INTEGER NOT NULL,
    -- The last reminder sent, in days before the end.
    reminder_sent INTEGER,
    opened_mail_sent BOOLEAN NOT NULL,
    over_mail_sent BOOLEAN NOT NULL,
    hub_url TEXT,
    hub_down_since BIGINT,
    hub_down_mailed BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX courses_due ON courses (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX courses_slug ON courses (slug) WHERE state NOT IN ('REJECTED', 'CANCELLED', 'DEGRADED');
CREATE INDEX courses_state ON courses (state, starts_at);

CREATE TABLE course_staff (
    course_id UUID NOT NULL REFERENCES courses (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    -- 'leader', 'co_leader' or 'assistant'.
    role TEXT NOT NULL,
    named_by UUID,
    named_at BIGINT NOT NULL,
    PRIMARY KEY (course_id, account_id)
);
CREATE INDEX course_staff_account ON course_staff (account_id);

CREATE TABLE course_changes (
    id UUID NOT NULL PRIMARY KEY,
    course_id UUID NOT NULL REFERENCES courses (id),
    spec_old TEXT NOT NULL,
    spec_new TEXT NOT NULL,
    -- 'pending', 'accepted', 'rejected' or 'withdrawn'.
    state TEXT NOT NULL,
    asked_by UUID NOT NULL,
    asked_at BIGINT NOT NULL,
    decided_by UUID,
    decided_at BIGINT,
    reason TEXT,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX course_changes_pending ON course_changes (course_id) WHERE state = 'pending';
CREATE INDEX course_changes_course ON course_changes (course_id, asked_at);

CREATE TABLE drafts (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    form TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX drafts_account ON drafts (account_id, updated_at);

CREATE TABLE participations (
    id UUID NOT NULL PRIMARY KEY,
    course_id UUID NOT NULL REFERENCES courses (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    state TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by UUID,
    reason TEXT,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX participations_once ON participations (course_id, account_id);
CREATE INDEX participations_state ON participations (course_id, state, applied_at);
CREATE INDEX participations_account ON participations (account_id);

CREATE TABLE roster_entries (
    course_id UUID NOT NULL REFERENCES courses (id),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (course_id, email)
);

CREATE TABLE deployments (
    id UUID NOT NULL PRIMARY KEY,
    course_id UUID NOT NULL REFERENCES courses (id),
    action TEXT NOT NULL,
    -- 'open', 'succeeded', 'failed' or 'cancelled'.
    state TEXT NOT NULL,
    -- The attempt that counts; 0 before the first.
    attempt INTEGER NOT NULL,
    spec TEXT NOT NULL,
    -- Of the dispatcher that is starting or judging the attempt right now.
    lease_token TEXT,
    lease_until BIGINT,
    -- What the launcher calls the running worker; NULL between attempts.
    worker_ref TEXT,
    heartbeat BIGINT NOT NULL,
    -- When the dispatcher last saw the heartbeat change, by its own clock.
    heartbeat_at BIGINT,
    phase TEXT,
    phases TEXT NOT NULL,
    cancel_requested BOOLEAN NOT NULL,
    requested_by UUID,
    error TEXT,
    check_result TEXT,
    due_at BIGINT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);
CREATE UNIQUE INDEX deployments_open ON deployments (course_id) WHERE state = 'open';
CREATE INDEX deployments_due ON deployments (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deployments_course ON deployments (course_id, created_at);

CREATE TABLE sealed_secrets (
    -- 'course:<id>' or 'portal'.
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    key_id TEXT NOT NULL,
    -- Nonce and ciphertext, base64.
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (owner, name)
);

CREATE TABLE events (
    id UUID NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    -- NULL: the portal itself.
    actor UUID,
    course_id UUID,
    account_id UUID,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    request_id TEXT
);
CREATE INDEX events_course ON events (course_id, at);
CREATE INDEX events_account ON events (account_id, at);
CREATE INDEX events_at ON events (at);

CREATE TABLE outbox (
    id UUID NOT NULL PRIMARY KEY,
    -- One mail per cause: a second insert with the same key is refused.
    dedupe TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account_id UUID,
    course_id UUID,
    address TEXT NOT NULL,
    data TEXT NOT NULL,
    -- 'pending', 'sent', 'given_up' or 'dropped'.
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT,
    lease_token TEXT,
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    last_error TEXT
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_state ON outbox (state, created_at);
CREATE INDEX outbox_account ON outbox (account_id, created_at);

CREATE TABLE oidc_clients (
    client_id TEXT NOT NULL PRIMARY KEY,
    course_id UUID NOT NULL UNIQUE REFERENCES courses (id),
    redirect_uri TEXT NOT NULL,
    post_logout_redirect_uri TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE oidc_grants (
    id UUID NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id),
    session_hash TEXT NOT NULL,
    nonce TEXT,
    scope TEXT NOT NULL,
    signed_in_at BIGINT NOT NULL,
    refresh_hash TEXT,
    previous_hash TEXT,
    rotated_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX oidc_grants_account ON oidc_grants (account_id, client_id);
CREATE INDEX oidc_grants_session ON oidc_grants (session_hash);
CREATE INDEX oidc_grants_refresh ON oidc_grants (refresh_hash);
CREATE INDEX oidc_grants_previous ON oidc_grants (previous_hash);
CREATE INDEX oidc_grants_expiry ON oidc_grants (expires_at);

CREATE TABLE oidc_codes (
    hash TEXT NOT NULL PRIMARY KEY,
    grant_id UUID NOT NULL REFERENCES oidc_grants (id),
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX oidc_codes_expiry ON oidc_codes (expires_at);

CREATE TABLE oidc_access_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    grant_id UUID NOT NULL REFERENCES oidc_grants (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX oidc_access_tokens_expiry ON oidc_access_tokens (expires_at);
CREATE INDEX oidc_access_tokens_grant ON oidc_access_tokens (grant_id);

CREATE TABLE oidc_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    retires_at BIGINT
);

CREATE TABLE tickets (
    hash TEXT NOT NULL PRIMARY KEY,
    deployment_id UUID NOT NULL,
    attempt INTEGER NOT NULL,
    course_id UUID NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX tickets_expiry ON tickets (expires_at);

CREATE TABLE revocations (
    id UUID NOT NULL PRIMARY KEY,
    course_id UUID NOT NULL REFERENCES courses (id),
    account_id UUID NOT NULL,
    hub_user TEXT NOT NULL,
    cause TEXT NOT NULL,
    -- 'pending', 'done' or 'void' (the hub is gone).
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT,
    lease_token TEXT,
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    done_at BIGINT,
    last_error TEXT
);
CREATE INDEX revocations_due ON revocations (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX revocations_course ON revocations (course_id, created_at);

CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE terms (
    number INTEGER NOT NULL PRIMARY KEY,
    text_de TEXT NOT NULL,
    text_en TEXT NOT NULL,
    valid_from BIGINT NOT NULL
);

CREATE TABLE terms_acceptances (
    account_id UUID NOT NULL REFERENCES accounts (id),
    number INTEGER NOT NULL,
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, number)
);
