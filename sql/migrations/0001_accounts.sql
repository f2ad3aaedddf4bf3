-- Accounts, what is needed to log in to them, and the organisation around them.

CREATE TABLE schema_version (
    version     integer PRIMARY KEY,
    applied     timestamptz NOT NULL DEFAULT now()
);
INSERT INTO schema_version (version) VALUES (1);

-- username is the prepared local part of the JID.
CREATE TABLE account (
    domain      text NOT NULL,
    username    text NOT NULL,
    realname    text NOT NULL DEFAULT '',
    email       text NOT NULL DEFAULT '',
    created     timestamptz NOT NULL DEFAULT now(),
    modified    timestamptz NOT NULL DEFAULT now(),
    enabled     boolean NOT NULL DEFAULT true,
    PRIMARY KEY (domain, username)
);

-- One row for each way to check a password. salt, stored_key and server_key are
-- Base64. For DIGEST-MD5, stored_key is the hexadecimal MD5(user:realm:password)
-- and the other two are empty.
CREATE TABLE credential (
    domain      text NOT NULL,
    username    text NOT NULL,
    hash        text NOT NULL
                CHECK (hash IN ('SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5')),
    iterations  integer NOT NULL,
    salt        text NOT NULL,
    stored_key  text NOT NULL,
    server_key  text NOT NULL,
    PRIMARY KEY (domain, username, hash),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- Administrators by bare JID, besides those in posthouse.conf.
CREATE TABLE admin (
    jid         text PRIMARY KEY
);

CREATE TABLE server_property (
    name        text PRIMARY KEY,
    value       text NOT NULL
);

CREATE TABLE account_property (
    domain      text NOT NULL,
    username    text NOT NULL,
    name        text NOT NULL,
    value       text NOT NULL,
    PRIMARY KEY (domain, username, name),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE department (
    domain      text NOT NULL,
    name        text NOT NULL,
    parent      text,
    rank        integer NOT NULL DEFAULT 0,
    description text NOT NULL DEFAULT '',
    PRIMARY KEY (domain, name),
    FOREIGN KEY (domain, parent) REFERENCES department (domain, name)
        ON UPDATE CASCADE,
    CHECK (parent <> name)
);

CREATE TABLE department_member (
    domain      text NOT NULL,
    name        text NOT NULL,
    username    text NOT NULL,
    is_admin    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (domain, name, username),
    FOREIGN KEY (domain, name) REFERENCES department
        ON UPDATE CASCADE ON DELETE CASCADE,
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX department_member_username
    ON department_member (domain, username);

CREATE TABLE department_property (
    domain      text NOT NULL,
    department  text NOT NULL,
    name        text NOT NULL,
    value       text NOT NULL,
    PRIMARY KEY (domain, department, name),
    FOREIGN KEY (domain, department) REFERENCES department (domain, name)
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- Whoever keeps an account in memory listens on posthouse_account:
-- "removed DOMAIN USERNAME", "disabled …", "enabled …", "password …".
CREATE FUNCTION account_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_notify('posthouse_account',
                          concat_ws(' ', 'removed', OLD.domain, OLD.username));
    ELSIF NEW.enabled IS DISTINCT FROM OLD.enabled THEN
        PERFORM pg_notify('posthouse_account',
                          concat_ws(' ', CASE WHEN NEW.enabled THEN 'enabled'
                                         ELSE 'disabled' END,
                                    NEW.domain, NEW.username));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER account_changed AFTER DELETE OR UPDATE OF enabled ON account
    FOR EACH ROW EXECUTE FUNCTION account_changed();

-- Equal notifications of one transaction are delivered once, so a change of
-- several verifiers is told once. A new salt of the same password (a stronger
-- verifier at login) is told too; it does no harm.
CREATE FUNCTION credential_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('posthouse_account',
                      concat_ws(' ', 'password', NEW.domain, NEW.username));
    RETURN NULL;
END $$;
CREATE TRIGGER credential_changed AFTER UPDATE OF stored_key ON credential
    FOR EACH ROW EXECUTE FUNCTION credential_changed();
