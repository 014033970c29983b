-- How much somebody showed of who they are: 1, or 2 with a second factor.
ALTER TABLE codes ADD COLUMN factors BIGINT NOT NULL DEFAULT 1;
ALTER TABLE refresh_tokens ADD COLUMN factors BIGINT NOT NULL DEFAULT 1;
ALTER TABLE sessions ADD COLUMN factors BIGINT NOT NULL DEFAULT 1;

-- Second factors: what the digits are made of is sealed, recovery codes are hashed.
CREATE TABLE authenticators (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    secret BYTEA NOT NULL,
    enrolled_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT,
    PRIMARY KEY (tenant, subject, kind)
);

-- Sign-ins that wait for a second factor.
CREATE TABLE mfa_tokens (
    digest BYTEA PRIMARY KEY,
    tenant TEXT NOT NULL,
    client TEXT NOT NULL,
    grant_type TEXT NOT NULL,
    subject TEXT NOT NULL,
    connection TEXT NOT NULL,
    audience TEXT,
    scopes TEXT NOT NULL,
    jkt BYTEA,
    authenticated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX mfa_tokens_end ON mfa_tokens (expires_at);
CREATE INDEX mfa_tokens_subject ON mfa_tokens (tenant, subject);
