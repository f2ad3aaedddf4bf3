-- Hats in rooms (mucd/hats.h).

-- <hats/> with who wears each; empty: there are none.
ALTER TABLE room ADD COLUMN hats text NOT NULL DEFAULT '';

INSERT INTO schema_version (version) VALUES (19);
