-- Until when the invite link of a course holds; NULL for as long as people may apply.
ALTER TABLE courses ADD COLUMN invite_until BIGINT;
