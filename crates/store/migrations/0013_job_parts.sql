-- What a job has before it and what it has made, a part at a time.

CREATE TABLE job_parts (
    tenant TEXT NOT NULL,
    job TEXT NOT NULL,
    kind TEXT NOT NULL,
    part BIGINT NOT NULL,
    data TEXT NOT NULL,
    -- When it is forgotten; what is still to be done is not.
    expires_at BIGINT,
    PRIMARY KEY (tenant, job, kind, part)
);
CREATE INDEX job_parts_due ON job_parts (tenant, kind, job);
CREATE INDEX job_parts_expiry ON job_parts (expires_at);
