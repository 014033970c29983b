-- Documents that nothing joins and nothing looks up but by their place: one table for all their kinds.

CREATE TABLE kept (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    -- What is unique about it beside its id, where anything is.
    name TEXT,
    revision BIGINT NOT NULL,
    doc JSONB NOT NULL,
    PRIMARY KEY (tenant, kind, owner, id)
);
CREATE UNIQUE INDEX kept_name ON kept (tenant, kind, owner, name);
