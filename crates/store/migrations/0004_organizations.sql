-- Organizations: who belongs to them, how people come in, what machines may do there.

CREATE TABLE organizations (
    tenant TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL, doc JSONB NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX organizations_name ON organizations (tenant, (doc ->> 'name'));
CREATE TABLE invitations (
    tenant TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL, doc JSONB NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX invitations_end ON invitations ((doc ->> 'expires_at'));
CREATE UNIQUE INDEX invitations_ticket ON invitations (tenant, (doc ->> 'ticket_digest'));

CREATE TABLE organization_members (
    tenant TEXT NOT NULL,
    organization TEXT NOT NULL,
    subject TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, organization, subject)
);
CREATE INDEX organization_members_subject ON organization_members (tenant, subject);
CREATE TABLE organization_connections (
    tenant TEXT NOT NULL,
    organization TEXT NOT NULL,
    connection TEXT NOT NULL,
    name TEXT NOT NULL,
    joins BOOLEAN NOT NULL,
    signup BOOLEAN NOT NULL,
    button BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, organization, connection)
);
CREATE INDEX organization_connections_connection ON organization_connections (tenant, connection);
CREATE TABLE organization_grants (
    tenant TEXT NOT NULL,
    organization TEXT NOT NULL,
    client_grant TEXT NOT NULL,
    PRIMARY KEY (tenant, organization, client_grant)
);
CREATE INDEX organization_grants_grant ON organization_grants (tenant, client_grant);

-- Within which organization something was granted.
ALTER TABLE codes ADD COLUMN organization TEXT;
ALTER TABLE refresh_tokens ADD COLUMN organization TEXT;
