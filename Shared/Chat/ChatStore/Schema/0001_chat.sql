-- User ids sort by their bytes (COLLATE "C"): the order is the same on every server and indexes are smaller.
-- Rows that a message updates leave room in their page and have no index on what changes, so that such an
-- update touches no index (HOT).

CREATE TABLE conversation (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('direct', 'group')),
    title text,
    created_by text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    -- The number of messages too: a conversation numbers its messages 1, 2, 3 … without gaps.
    last_seq bigint NOT NULL DEFAULT 0,
    last_message_at timestamptz,
    -- The pair of a direct conversation; unique, so that a pair has one conversation however many race to create it.
    direct_key text COLLATE "C" UNIQUE,
    -- The user ids of its participants, in order, as clients see them. Whoever changes the participants changes this
    -- too. Reading it is a copy, where collecting 1,000 rows would cost as much as all the rest of sending a message.
    participant_ids json NOT NULL,
    CHECK ((kind = 'direct') = (direct_key IS NOT NULL)),
    CHECK ((kind = 'group') = (title IS NOT NULL)),
    CHECK ((last_seq = 0) = (last_message_at IS NULL))
) WITH (fillfactor = 70);

-- Out of line when it is long, so that numbering a message does not copy it, and never compressed, because it is read
-- with every message.
ALTER TABLE conversation ALTER COLUMN participant_ids SET STORAGE EXTERNAL;

-- What somebody has read is a cursor, not a row for each message and reader. Two counts beside it keep the number
-- of unread messages a subtraction:
--   messages of others          = conversation.last_seq - sent_count
--   those of them already read  = last_read_seq - last_read_own
CREATE TABLE participant (
    conversation_id uuid NOT NULL REFERENCES conversation (id),
    user_id text COLLATE "C" NOT NULL,
    joined_at timestamptz NOT NULL,
    last_read_seq bigint NOT NULL DEFAULT 0,
    -- How many of the messages up to last_read_seq this participant sent.
    last_read_own bigint NOT NULL DEFAULT 0,
    -- How many messages this participant sent.
    sent_count bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, user_id),
    CHECK (0 <= last_read_own AND last_read_own <= last_read_seq AND last_read_own <= sent_count)
) WITH (fillfactor = 70);

CREATE INDEX participant_by_user ON participant (user_id, conversation_id);

CREATE TABLE message (
    conversation_id uuid NOT NULL REFERENCES conversation (id),
    seq bigint NOT NULL CHECK (seq > 0),
    id uuid NOT NULL,
    sender_id text COLLATE "C" NOT NULL,
    -- The sender's own id of the message, which makes sending idempotent.
    client_message_id text COLLATE "C" NOT NULL,
    content text NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, seq),
    UNIQUE (conversation_id, sender_id, client_message_id)
);

-- Every change leaves a row here in the transaction that makes it; a publisher empties the table into the change feed.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
