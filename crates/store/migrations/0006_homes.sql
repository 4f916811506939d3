-- Until when what people stored is kept after their hub was removed.
ALTER TABLE courses ADD COLUMN homes_until BIGINT;
