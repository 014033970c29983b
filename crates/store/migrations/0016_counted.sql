-- How many users there are, kept beside them: counting a million takes longer than reading a page of them. The
-- database does it, so that no statement that writes users can forget it. A tenant's parts are added up; there are
-- several so that connections which write at once seldom wait for each other.
CREATE TABLE users_counted (
    tenant TEXT NOT NULL, part BIGINT NOT NULL, count BIGINT NOT NULL,
    PRIMARY KEY (tenant, part)
);

-- On SQLite:
CREATE TRIGGER users_come AFTER INSERT ON users BEGIN
    INSERT INTO users_counted (tenant, part, count) VALUES (new.tenant, 0, 1)
    ON CONFLICT (tenant, part) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER users_go AFTER DELETE ON users BEGIN
    UPDATE users_counted SET count = count - 1 WHERE tenant = old.tenant AND part = 0;
END;

-- On PostgreSQL:
CREATE OR REPLACE FUNCTION users_come() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO users_counted AS kept (tenant, part, count)
    SELECT tenant, pg_backend_pid() % 16, count(*) FROM come GROUP BY tenant ORDER BY tenant
    ON CONFLICT (tenant, part) DO UPDATE SET count = kept.count + excluded.count;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION users_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO users_counted AS kept (tenant, part, count)
    SELECT tenant, pg_backend_pid() % 16, -count(*) FROM gone GROUP BY tenant ORDER BY tenant
    ON CONFLICT (tenant, part) DO UPDATE SET count = kept.count + excluded.count;
    RETURN NULL;
END $$;
CREATE TRIGGER users_come AFTER INSERT ON users REFERENCING NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION users_come();
CREATE TRIGGER users_go AFTER DELETE ON users REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION users_go();

-- On both:
INSERT INTO users_counted (tenant, part, count) SELECT tenant, 0, count(*) FROM users GROUP BY tenant;

-- Entries of the log by what happened, newest first or oldest.
CREATE INDEX events_kind ON events (tenant, kind COLLATE "C", at, id);
