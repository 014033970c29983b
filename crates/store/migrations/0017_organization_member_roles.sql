-- Roles of members within an organization: they stood among kept documents, whence what was there comes later.
CREATE TABLE organization_member_roles (
    tenant TEXT NOT NULL,
    organization TEXT NOT NULL,
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (tenant, organization, subject, role)
);
CREATE INDEX organization_member_roles_role ON organization_member_roles (tenant, role, organization, subject);
CREATE INDEX organization_member_roles_subject ON organization_member_roles (tenant, subject);
INSERT INTO unfinished (name, tenant, id) VALUES ('organization_member_roles', '', '');
