-- Upload limits are enforced from the table `file`: an announcement reserves its size, a confirmation turns the
-- reservation into a charge, and a reservation that expires is free again.

-- This migration locks `file` exclusively. If it cannot get the lock, because of a long transaction, it fails and can be
-- applied again: while it waits, all other statements on the table wait behind it.
SET LOCAL lock_timeout = '5s';

-- Until when an unconfirmed file counts against its owner's limits: as long as it can still be uploaded.
-- The default serves functions of the previous release, which do not set the column. It is evaluated once for the rows
-- that exist, so they are not rewritten.
ALTER TABLE file ADD COLUMN reserved_until timestamptz NOT NULL DEFAULT now() + interval '6 hours';

-- Only the few rows that are not confirmed: a confirmed file counts by its confirmation.
UPDATE file SET reserved_until = created_at + interval '6 hours' WHERE uploaded_at IS NULL;

-- When a file that is now rejected was confirmed. Its owner has used the limits from then on, so rejecting the file, for
-- example because its object was replaced, does not give the room back.
ALTER TABLE file ADD COLUMN charged_at timestamptz;

-- Not CONCURRENTLY, which no transaction allows: a migration is one transaction, so that it is applied as a whole or
-- not at all. `file` is locked until the commit, for about a second per million files.
CREATE INDEX file_by_owner ON file (owner_id, (coalesce(uploaded_at, greatest(reserved_until, charged_at))));

-- The files that count against an owner's upload limits, and until when each does: a confirmed file for the length of
-- the limits' window, even if it is rejected later; any other until its reservation expires.
--
-- The owner stays locked until the end of the transaction, so that two announcements of one owner are counted one after
-- the other. This has to be a volatile function: each of its statements sees what was committed before that statement
-- began. A single statement would see only what was committed before it began to wait for the lock.
--
-- The wait is short, because each waiting announcement holds a connection. It ends with the error 55P03.
CREATE FUNCTION counted_files(owner text, window_seconds bigint)
RETURNS TABLE (id text, size bigint, counts_until timestamptz)
LANGUAGE plpgsql VOLATILE SET lock_timeout = '1s' AS $$
DECLARE
    limits_window CONSTANT interval := window_seconds * interval '1 second';
    current_moment timestamptz;
BEGIN
    -- The first number keeps these locks apart from other uses of advisory locks. Two owners with the same hash wait
    -- for each other, which does no harm.
    PERFORM pg_advisory_xact_lock(1, hashtext(owner));
    current_moment := clock_timestamp();
    RETURN QUERY
        SELECT
            f.id,
            f.size,
            coalesce(f.uploaded_at + limits_window, greatest(f.reserved_until, f.charged_at + limits_window))
        FROM file AS f
        WHERE f.owner_id = owner
            AND coalesce(f.uploaded_at, greatest(f.reserved_until, f.charged_at)) > current_moment - limits_window
            AND (
                f.uploaded_at IS NOT NULL
                OR greatest(f.reserved_until, f.charged_at + limits_window) > current_moment
            );
END
$$;

-- The last object that SweepFiles looked at in a bucket; null if it reached the end, so that the next run starts over.
CREATE TABLE sweep_position (
    bucket text PRIMARY KEY,
    key text
);
