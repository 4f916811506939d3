-- Until when the invite link of a course holds; NULL for as long as people may apply.
ALTER TABLE courses ADD COLUMN invite_until BIGINT;

-- What leaders wrote to everybody of a course.
CREATE TABLE announcements (
    id UUID NOT NULL PRIMARY KEY,
    course_id UUID NOT NULL REFERENCES courses (id),
    written_by UUID NOT NULL REFERENCES accounts (id),
    written_at BIGINT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    -- Also to who has applied or waits for a seat; admitted participants always get it.
    to_waiting BOOLEAN NOT NULL,
    to_staff BOOLEAN NOT NULL,
    -- Mails that were put into the outbox.
    mails INTEGER NOT NULL
);
CREATE INDEX announcements_course ON announcements (course_id, written_at);
CREATE INDEX announcements_writer ON announcements (written_by);

-- Addresses by which calendars read somebody's courses: only the hash of what is secret in them.
CREATE TABLE calendar_feeds (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES accounts (id),
    token_hash TEXT NOT NULL UNIQUE,
    made_at BIGINT NOT NULL
);
