-- One file for SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN, BYTEA, JSONB. Times are seconds since 1970.

-- Documents: what an administrator described.
CREATE TABLE clients (
    tenant TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL, doc JSONB NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE TABLE resource_servers (
    tenant TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL, doc JSONB NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX resource_servers_identifier ON resource_servers (tenant, (doc ->> 'identifier'));
CREATE TABLE client_grants (
    tenant TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL, doc JSONB NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX client_grants_pair ON client_grants
    (tenant, (doc ->> 'client_id'), (doc ->> 'audience'), (coalesce(doc ->> 'subject_type', 'client')));
CREATE TABLE connections (
    tenant TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL, doc JSONB NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX connections_name ON connections (tenant, (doc ->> 'name'));
CREATE TABLE users (
    tenant TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL, doc JSONB NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX users_email ON users
    (tenant, (doc ->> 'email'), (doc -> 'identities' -> 0 ->> 'connection'));
CREATE UNIQUE INDEX users_username ON users
    (tenant, (doc ->> 'username'), (doc -> 'identities' -> 0 ->> 'connection'));
CREATE TABLE tenants (
    tenant TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL, doc JSONB NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Ledgers: what happened, and what became of it.
CREATE TABLE codes (
    digest BYTEA PRIMARY KEY,
    tenant TEXT NOT NULL,
    family TEXT NOT NULL,
    client TEXT NOT NULL,
    redirect_uri TEXT,
    challenge TEXT,
    jkt BYTEA,
    subject TEXT NOT NULL,
    connection TEXT NOT NULL,
    session TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    audience TEXT,
    asked TEXT NOT NULL,
    scopes TEXT NOT NULL,
    id_token_nonce TEXT,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE INDEX codes_expiry ON codes (expires_at);

CREATE TABLE refresh_tokens (
    digest BYTEA PRIMARY KEY,
    tenant TEXT NOT NULL,
    family TEXT NOT NULL,
    client TEXT NOT NULL,
    subject TEXT NOT NULL,
    connection TEXT NOT NULL,
    session TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    audience TEXT,
    scopes TEXT NOT NULL,
    jkt BYTEA,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT,
    idle_at BIGINT,
    parent BYTEA,
    spent_at BIGINT,
    successor BYTEA,
    successor_until BIGINT,
    forget_at BIGINT
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_subject ON refresh_tokens (tenant, subject, client);
CREATE INDEX refresh_tokens_end ON refresh_tokens (forget_at) WHERE forget_at IS NOT NULL;

CREATE TABLE revoked_families (
    tenant TEXT NOT NULL,
    family TEXT NOT NULL,
    revoked_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, family)
);

CREATE TABLE sessions (
    digest BYTEA PRIMARY KEY,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    connection TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    touched_at BIGINT NOT NULL,
    idle BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    forget_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sessions_id ON sessions (tenant, id);
CREATE INDEX sessions_subject ON sessions (tenant, subject);
CREATE INDEX sessions_end ON sessions (forget_at);

CREATE TABLE consents (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    client TEXT NOT NULL,
    audience TEXT NOT NULL,
    id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, subject, client, audience)
);
CREATE UNIQUE INDEX consents_id ON consents (tenant, id);

CREATE TABLE passwords (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    hash TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, subject)
);

CREATE TABLE logins (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    count BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    last_address TEXT,
    PRIMARY KEY (tenant, subject)
);

CREATE TABLE signing_keys (
    tenant TEXT NOT NULL,
    alg TEXT NOT NULL,
    number BIGINT NOT NULL,
    kid TEXT NOT NULL,
    private BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    signs_from BIGINT,
    signs_until BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (tenant, alg, number)
);
CREATE UNIQUE INDEX signing_keys_kid ON signing_keys (tenant, kid);

-- The tenant log: written in the batch it reports.
CREATE TABLE events (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    client TEXT,
    subject TEXT,
    user_name TEXT,
    connection TEXT,
    session TEXT,
    audience TEXT,
    scopes TEXT,
    jkt BYTEA,
    reason TEXT,
    description TEXT,
    address TEXT,
    agent TEXT,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX events_at ON events (at);

-- Moments, where no Redis remembers them.
CREATE TABLE fleeting_claims (key BYTEA PRIMARY KEY, until BIGINT NOT NULL);
CREATE INDEX fleeting_claims_end ON fleeting_claims (until);
CREATE TABLE fleeting_counts (key BYTEA PRIMARY KEY, until BIGINT NOT NULL, count BIGINT NOT NULL);
CREATE INDEX fleeting_counts_end ON fleeting_counts (until);
CREATE TABLE fleeting_values (key BYTEA PRIMARY KEY, until BIGINT NOT NULL, value BYTEA NOT NULL);
CREATE INDEX fleeting_values_end ON fleeting_values (until);
