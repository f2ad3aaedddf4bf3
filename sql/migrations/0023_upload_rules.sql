-- A rule may be about uploads alone: direction 'upload'. Nobody knows who will be
-- told where an uploaded file lies, so rules on files that go to people of ours or
-- to others hold for uploads as well.
ALTER TABLE transfer_rule DROP CONSTRAINT transfer_rule_direction_check,
    ADD CONSTRAINT transfer_rule_direction_check
    CHECK (direction IN ('any', 'local', 'out', 'in', 'proxy', 'upload'));

INSERT INTO schema_version (version) VALUES (23);
