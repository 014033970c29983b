-- How many users there are and by which connection they first came, kept beside them: counting a million takes longer
-- than reading a page of them. The database does it, so that no statement that writes users can forget it. Parts are
-- added up; there are several so that connections to the database which write at once seldom wait for each other.
CREATE TABLE users_counted (
    tenant TEXT NOT NULL, connection TEXT NOT NULL, part BIGINT NOT NULL, count BIGINT NOT NULL,
    PRIMARY KEY (tenant, connection, part)
);

-- On SQLite:
CREATE TRIGGER users_come AFTER INSERT ON users BEGIN
    INSERT INTO users_counted (tenant, connection, part, count)
    VALUES (new.tenant, coalesce(new.doc -> 'identities' -> 0 ->> 'connection', ''), 0, 1)
    ON CONFLICT (tenant, connection, part) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER users_go AFTER DELETE ON users BEGIN
    UPDATE users_counted SET count = count - 1
    WHERE tenant = old.tenant AND connection = coalesce(old.doc -> 'identities' -> 0 ->> 'connection', '');
END;
CREATE TRIGGER users_move AFTER UPDATE OF doc ON users
WHEN (old.doc -> 'identities' -> 0 ->> 'connection') IS NOT (new.doc -> 'identities' -> 0 ->> 'connection') BEGIN
    UPDATE users_counted SET count = count - 1
    WHERE tenant = old.tenant AND connection = coalesce(old.doc -> 'identities' -> 0 ->> 'connection', '');
    INSERT INTO users_counted (tenant, connection, part, count)
    VALUES (new.tenant, coalesce(new.doc -> 'identities' -> 0 ->> 'connection', ''), 0, 1)
    ON CONFLICT (tenant, connection, part) DO UPDATE SET count = count + 1;
END;

-- On PostgreSQL:
CREATE OR REPLACE FUNCTION users_come() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO users_counted AS kept (tenant, connection, part, count)
    SELECT tenant, coalesce(doc -> 'identities' -> 0 ->> 'connection', ''), pg_backend_pid() % 16, count(*)
    FROM came GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (tenant, connection, part) DO UPDATE SET count = kept.count + excluded.count;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION users_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO users_counted AS kept (tenant, connection, part, count)
    SELECT tenant, coalesce(doc -> 'identities' -> 0 ->> 'connection', ''), pg_backend_pid() % 16, -count(*)
    FROM gone GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (tenant, connection, part) DO UPDATE SET count = kept.count + excluded.count;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION users_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO users_counted AS kept (tenant, connection, part, count)
    VALUES
        (old.tenant, coalesce(old.doc -> 'identities' -> 0 ->> 'connection', ''), pg_backend_pid() % 16, -1),
        (new.tenant, coalesce(new.doc -> 'identities' -> 0 ->> 'connection', ''), pg_backend_pid() % 16, 1)
    ON CONFLICT (tenant, connection, part) DO UPDATE SET count = kept.count + excluded.count;
    RETURN NULL;
END $$;
CREATE TRIGGER users_come AFTER INSERT ON users REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION users_come();
CREATE TRIGGER users_go AFTER DELETE ON users REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION users_go();
CREATE TRIGGER users_move AFTER UPDATE ON users FOR EACH ROW
    WHEN ((old.doc -> 'identities' -> 0 ->> 'connection')
        IS DISTINCT FROM (new.doc -> 'identities' -> 0 ->> 'connection'))
    EXECUTE FUNCTION users_move();
-- How few have a second identity, which the planner would else take for nearly all.
CREATE STATISTICS users_second_identity ON (doc -> 'identities' -> 1) FROM users;

-- On both:
INSERT INTO users_counted (tenant, connection, part, count)
SELECT tenant, coalesce(doc -> 'identities' -> 0 ->> 'connection', ''), 0, count(*) FROM users GROUP BY 1, 2;

-- Entries of the log by what happened, newest first or oldest.
CREATE INDEX events_kind ON events (tenant, kind COLLATE "C", at, id);
