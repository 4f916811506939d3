-- Where a course's hub runs.
ALTER TABLE courses ADD COLUMN cluster TEXT NOT NULL DEFAULT 'main';
