-- Second factors are found by their own names too.
CREATE INDEX authenticators_id ON authenticators (tenant, id);
