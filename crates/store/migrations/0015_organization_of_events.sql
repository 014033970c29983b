-- Within which organization something happened.
ALTER TABLE events ADD COLUMN organization TEXT;
