-- Quiet hours are properties (quiet-hours, quiet-except), as permissions are, so
-- that departments and the server can have them, too. Users set their own, both at
-- once.

CREATE FUNCTION quiet_set(of_domain text, of_username text, hours text,
                          exceptions text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM account_property
    WHERE domain = of_domain AND username = of_username
      AND name IN ('quiet-hours', 'quiet-except');
    INSERT INTO account_property (domain, username, name, value)
    SELECT of_domain, of_username, v.name, v.value
    FROM (VALUES ('quiet-hours', hours), ('quiet-except', exceptions))
         AS v (name, value)
    WHERE v.value IS NOT NULL;
END $$;

INSERT INTO schema_version (version) VALUES (26);
