-- A key's certificate is made once: some algorithms would sign another each time.
ALTER TABLE signing_keys ADD COLUMN certificate BYTEA;
