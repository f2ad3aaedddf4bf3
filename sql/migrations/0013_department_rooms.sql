-- Rooms of departments (mucd/department.h).

-- The department, as "domain/name"; empty: a room of people's own.
ALTER TABLE room ADD COLUMN department text NOT NULL DEFAULT '';

INSERT INTO schema_version (version) VALUES (13);
