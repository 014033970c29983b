-- Clients that took part in a session, and must hear when it ended.
CREATE TABLE logout_notices (
    tenant TEXT NOT NULL,
    session TEXT NOT NULL,
    client TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- Null while the session lasts.
    due_at BIGINT,
    tries BIGINT NOT NULL,
    forget_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, session, client)
);
CREATE INDEX logout_notices_due ON logout_notices (tenant, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX logout_notices_end ON logout_notices (forget_at);
