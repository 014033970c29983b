-- Token buckets of rate limits, where no Redis remembers them. A level is the moment, in microseconds, at which
-- the bucket is full again.

CREATE TABLE fleeting_buckets (key BYTEA PRIMARY KEY, until BIGINT NOT NULL, level BIGINT NOT NULL);
CREATE INDEX fleeting_buckets_end ON fleeting_buckets (until);
