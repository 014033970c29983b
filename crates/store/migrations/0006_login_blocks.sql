-- Counts that reached their end, for administrators to see and take back. What is counted is fleeting; here stands
-- which count it was, since that one has no name but a hash.

CREATE TABLE login_blocks (
    tenant TEXT NOT NULL,
    key BYTEA NOT NULL,
    identifier TEXT NOT NULL,
    connection TEXT NOT NULL,
    address TEXT,
    most BIGINT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX login_blocks_identifier ON login_blocks (tenant, identifier);
CREATE INDEX login_blocks_end ON login_blocks (until);
