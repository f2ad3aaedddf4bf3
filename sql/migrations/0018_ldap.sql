-- What is of another directory (LDAP), and not of an administrator's hand.

-- is_gone: it is there no more, and its account was locked for that.
CREATE TABLE ldap_person (
    domain      text NOT NULL,
    username    text NOT NULL,
    dn          text NOT NULL,
    is_gone     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (domain, username),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE ldap_group (
    domain      text NOT NULL,
    name        text NOT NULL,
    dn          text NOT NULL,
    PRIMARY KEY (domain, name),
    FOREIGN KEY (domain, name) REFERENCES department
        ON UPDATE CASCADE ON DELETE CASCADE
);

INSERT INTO schema_version (version) VALUES (18);
