-- What people and entries of the log are searched by, without reading all of them.

-- By what users are called, and where they come from. Beginnings of texts are found where bytes are compared.
DROP INDEX users_email;
CREATE UNIQUE INDEX users_email ON users
    (tenant, (doc ->> 'email') COLLATE "C", (doc -> 'identities' -> 0 ->> 'connection'));
DROP INDEX users_username;
CREATE UNIQUE INDEX users_username ON users
    (tenant, (doc ->> 'username') COLLATE "C", (doc -> 'identities' -> 0 ->> 'connection'));
CREATE INDEX users_name ON users
    (tenant, (coalesce(doc -> 'found_by' ->> 'name', doc ->> 'name')) COLLATE "C", id);
CREATE INDEX users_given_name ON users
    (tenant, (coalesce(doc -> 'found_by' ->> 'given_name', doc ->> 'given_name')) COLLATE "C", id);
CREATE INDEX users_family_name ON users
    (tenant, (coalesce(doc -> 'found_by' ->> 'family_name', doc ->> 'family_name')) COLLATE "C", id);
CREATE INDEX users_nickname ON users
    (tenant, (coalesce(doc -> 'found_by' ->> 'nickname', doc ->> 'nickname')) COLLATE "C", id);
CREATE INDEX users_domain ON users (tenant, (doc -> 'found_by' ->> 'domain') COLLATE "C", id);
CREATE INDEX users_phone ON users (tenant, (doc ->> 'phone_number') COLLATE "C", id);
CREATE INDEX users_created ON users (tenant, (doc ->> 'created_at') COLLATE "C", id);
CREATE INDEX users_connection ON users
    (tenant, (doc -> 'identities' -> 0 ->> 'connection') COLLATE "C", id);
-- Who has more than one identity.
CREATE INDEX users_linked ON users (tenant, id) WHERE (doc -> 'identities' -> 1) IS NOT NULL;

-- Entries of the log by when they were written, and by whom they are about.
DROP INDEX events_at;
CREATE INDEX events_at ON events (at, id);
CREATE INDEX events_subject ON events (tenant, subject, id) WHERE subject IS NOT NULL;

-- How an administrator asked, and what was answered; known when all of it is over.
ALTER TABLE events ADD COLUMN request TEXT;
ALTER TABLE events ADD COLUMN more JSONB;
CREATE INDEX events_request ON events (tenant, request) WHERE request IS NOT NULL;
