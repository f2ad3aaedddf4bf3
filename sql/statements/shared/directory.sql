-- Of sm, which keeps it, and of posthousectl, which judges by it.

-- name: directory_load
-- The whole directory (common/directory): departments before what is in them.
SELECT kind, domain, name, key, value, flags FROM (
    SELECT 1, 'department', d.domain, d.path, above.path, d.rank::text,
           d.id || ' ' || d.name, 0
    FROM department d
    LEFT JOIN department above ON above.domain = d.domain AND above.id = d.parent
    UNION ALL
    SELECT 2, 'department-property', p.domain, d.path, p.name, p.value, '', 0
    FROM department_property p
    JOIN department d ON d.domain = p.domain AND d.id = p.department
    UNION ALL
    SELECT 3, 'account-property', domain, username, name, value, '', 0
    FROM account_property
    UNION ALL
    SELECT 4, 'server-property', '', '', name, value, '', 0
    FROM server_property
    UNION ALL
    SELECT 5, 'admin', '', jid, '', '', '', 0 FROM admin
    UNION ALL
    SELECT 6, 'member', m.domain, m.username, d.path, a.realname,
           concat_ws(' ', CASE WHEN m.is_admin THEN 'admin' END,
                     CASE WHEN m.is_main THEN 'main' END),
           CASE WHEN m.is_main THEN -2147483648 ELSE d.rank END
    FROM department_member m
    JOIN department d ON d.domain = m.domain AND d.id = m.department
    JOIN account a ON a.domain = m.domain AND a.username = m.username
) AS r (part, kind, domain, name, key, value, flags, place)
ORDER BY part, domain, name, place, key;
