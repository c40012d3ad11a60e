-- Lists of conversations show the number of participants without reading their ids, of which there may be 1,000.
-- Null in the rows of earlier releases, which count the ids instead. Adding the column rewrites no row.
SET LOCAL lock_timeout = '5s';

ALTER TABLE conversation ADD COLUMN participant_count integer CHECK (participant_count > 0);
