-- Roles: what people may do at APIs, by name or each by itself.

CREATE TABLE roles (
    tenant TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL, doc JSONB NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX roles_name ON roles (tenant, (doc ->> 'name'));

CREATE TABLE role_permissions (
    tenant TEXT NOT NULL,
    role TEXT NOT NULL,
    audience TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (tenant, role, audience, permission)
);
CREATE INDEX role_permissions_audience ON role_permissions (tenant, audience, permission);
CREATE TABLE user_roles (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (tenant, subject, role)
);
CREATE INDEX user_roles_role ON user_roles (tenant, role, subject);
CREATE TABLE user_permissions (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    audience TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (tenant, subject, audience, permission)
);
CREATE INDEX user_permissions_audience ON user_permissions (tenant, audience, permission);
