-- What administrators see of people, and end: sessions, refresh tokens, devices, linked accounts, tickets.

-- Where a session began and was last used, for which clients, and what is noted about it.
ALTER TABLE sessions ADD COLUMN agent TEXT;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN last_agent TEXT;
ALTER TABLE sessions ADD COLUMN last_address TEXT;
-- Each between line breaks.
ALTER TABLE sessions ADD COLUMN clients TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN metadata JSONB;

-- When the family began, and what is noted about it.
ALTER TABLE refresh_tokens ADD COLUMN began_at BIGINT;
CREATE TABLE refresh_token_metadata (
    tenant TEXT NOT NULL,
    family TEXT NOT NULL,
    doc JSONB NOT NULL,
    PRIMARY KEY (tenant, family)
);

CREATE INDEX consents_client ON consents (tenant, client);

-- Keys of devices: kept for who asks for them.
CREATE TABLE device_credentials (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    client TEXT NOT NULL,
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX device_credentials_device ON device_credentials (tenant, subject, client, device);

-- Accounts that are another's: who signs in by one is who it was linked to. The document is what it was before.
CREATE TABLE linked_accounts (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    connection TEXT NOT NULL,
    email TEXT,
    username TEXT,
    doc JSONB NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX linked_accounts_subject ON linked_accounts (tenant, subject);
CREATE INDEX linked_accounts_email ON linked_accounts (tenant, email, connection);
CREATE INDEX linked_accounts_username ON linked_accounts (tenant, username, connection);

-- Links that somebody was given: each is good once.
CREATE TABLE tickets (
    digest BYTEA PRIMARY KEY,
    tenant TEXT NOT NULL,
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    doc JSONB NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX tickets_end ON tickets (expires_at);
CREATE INDEX tickets_subject ON tickets (tenant, subject);

-- What an administrator calls a second factor, and where its letters go.
ALTER TABLE authenticators ADD COLUMN name TEXT;
ALTER TABLE authenticators ADD COLUMN address TEXT;
