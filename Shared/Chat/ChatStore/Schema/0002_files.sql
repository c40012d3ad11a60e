-- A file: announced by its owner, then uploaded to the object of its id, then confirmed or rejected.
CREATE TABLE file (
    -- `<UUIDv7>.<extension>`, in order of creation.
    id text COLLATE "C" PRIMARY KEY,
    owner_id text COLLATE "C" NOT NULL,
    file_name text NOT NULL,
    -- In bytes. What is uploaded has exactly that size.
    size bigint NOT NULL CHECK (size > 0),
    created_at timestamptz NOT NULL,
    -- When its object was found to be what was announced. Only then can it be attached.
    uploaded_at timestamptz,
    -- When its object was found to be something else, and why.
    rejected_at timestamptz,
    rejection text,
    -- Names the content that was confirmed; another one at the same key is not this file.
    etag text,
    -- Of an image as it is shown, in pixels.
    width integer CHECK (width > 0),
    height integer CHECK (height > 0),
    CHECK (uploaded_at IS NULL OR (rejected_at IS NULL AND etag IS NOT NULL)),
    CHECK ((rejected_at IS NULL) = (rejection IS NULL)),
    CHECK ((width IS NULL) = (height IS NULL))
) WITH (fillfactor = 70);

-- For those that look for what was never uploaded.
CREATE INDEX file_waiting ON file (created_at) WHERE uploaded_at IS NULL;

-- The ids of a message's files, in the sender's order; null for most messages. What they are is read with the message:
-- it never changes once a file can be attached.
ALTER TABLE message ADD COLUMN attachments text[] COLLATE "C" CHECK (cardinality(attachments) BETWEEN 1 AND 10);
