-- A rule may be about the use of the proxy instead of files: direction 'proxy'.
ALTER TABLE transfer_rule DROP CONSTRAINT transfer_rule_direction_check,
    ADD CONSTRAINT transfer_rule_direction_check
    CHECK (direction IN ('any', 'local', 'out', 'in', 'proxy'));

INSERT INTO schema_version (version) VALUES (8);
