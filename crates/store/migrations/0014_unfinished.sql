-- What migrations left to be done to what was there before them, and how far that is; a row goes when it is done.
CREATE TABLE unfinished (
    name TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL
);
-- What users are found by (0012).
INSERT INTO unfinished (name, tenant, id) VALUES ('users.found_by', '', '');
