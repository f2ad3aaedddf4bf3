-- Stanzas that wait for the resumption of a session whose connection was lost
-- together with its c2sd. held_by: the session's id; they are offline messages
-- like others once it is given up.
ALTER TABLE offline ADD COLUMN held_by text;
CREATE INDEX offline_held ON offline (domain, username)
    WHERE held_by IS NOT NULL;
INSERT INTO schema_version (version) VALUES (3);
