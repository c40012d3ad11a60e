-- Uploads by form are stored at another key than confirmed files, and each check of an upload is counted.

-- As in 0003: if the lock cannot be had, the migration fails and can be applied again.
SET LOCAL lock_timeout = '5s';

-- The ETag of the upload that was confirmed, at the key of its form: it tells a repeated upload from a replacement.
ALTER TABLE file ADD COLUMN upload_etag text;

-- How many checks of the upload have begun and were not given up in an orderly way. One that takes longer than its
-- function may run, or that crashes it, leaves its count behind; after a few of them the file is rejected unread.
ALTER TABLE file ADD COLUMN check_count integer NOT NULL DEFAULT 0;

-- Until when a check that has begun keeps others from beginning.
ALTER TABLE file ADD COLUMN checked_until timestamptz;
