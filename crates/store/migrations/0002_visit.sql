-- Somebody of the staff in a participant's server, with the participant's consent.
CREATE TABLE visits (
    id UUID NOT NULL PRIMARY KEY,
    course_id UUID NOT NULL REFERENCES courses (id),
    -- Whose server.
    owner_id UUID NOT NULL REFERENCES accounts (id),
    -- Who asks to see it.
    visitor_id UUID NOT NULL REFERENCES accounts (id),
    -- 'asked', 'open', 'refused', 'lapsed' or 'over'.
    state TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    decided_at BIGINT,
    -- When it ends, or was ended.
    ends_at BIGINT,
    done_at BIGINT,
    -- When it lapses, or the visitor must be out; null once there is nothing left to do.
    due_at BIGINT,
    attempts INTEGER NOT NULL,
    lease_token TEXT,
    lease_until BIGINT,
    last_error TEXT
);
CREATE UNIQUE INDEX visits_live ON visits (course_id, owner_id, visitor_id) WHERE due_at IS NOT NULL;
CREATE INDEX visits_due ON visits (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX visits_owner ON visits (course_id, owner_id, asked_at);
