"""Roles of the database that are kept to some domains: what one of them may not see,
table by table as the catalogue names them, and daemons that work under it."""
import json
import subprocess

import pytest

from suite import PASSWORD, Suite
from xmpp import Refused

OWN, OTHER = "b.example", "a.example"
ROLES = {"posthouse_b_auth": "posthouse_auth", "posthouse_b_sm": "posthouse_sm",
         "posthouse_b_muc": "posthouse_muc", "posthouse_b_ctl": "posthouse_ctl"}

# What is of no domain: a restricted role may read it, where it may at all, or has
# nothing to do with it.
READ_ONLY = {"server_property", "schema_version", "audit_link"}
NOBODYS = {"access_domain", "access_role", "archive_removed"}

# Values that fit the constraints of a table; {d} is the domain, {n} the number of an
# account there.
VALUES = {
    "admin.jid": "'x@{d}'", "legal_hold.person": "'x@{d}'",
    "audit.sender": "'x@{d}/r'", "audit.recipient": "'y@{d}/r'",
    "audit_request.person": "'x@{d}'", "audit_request.domain": "'{d}'",
    "offline.owner": "{n}", "message.sender": "0", "message.recipient": "{n}",
    "message.origin": "'o-{d}'", "file_offer.origin": "'o-{d}'",
    "credential.hash": "'SCRAM-SHA-1'", "notice.kind": "'motd'",
    "archive_preference.standard": "'always'", "transfer_rule.action": "'log'",
    "room_member.affiliation": "'member'", "room_occupant.role": "'visitor'", "roster.subscription": "'both'",
    "server_property.name": "'p-{d}'", "archive_removed.number": "{n}",
    "account.username": "'new'", "api_token.name": "'t-{d}'", "api_token.hash": "'h-{d}'",
    "access_role.rights_of": "'posthouse_sm'",
    "access_role.role": "'r-{d}'", "access_domain.role": "'r-{d}'",
    "audit_link.number": "{n}", "audit.id": "{n}", "message.id": "{n}",
    "schema_version.version": "100000 + {n}",
}
FILLER = {"text": "'x'", "bigint": "1", "integer": "1", "boolean": "true",
          "bytea": "''", "text[]": "'{{}}'", "date": "now()", "xid8": "'1'",
          "timestamp with time zone": "now()"}


class Database:
    def __init__(self, suite):
        self.suite = suite

    def run(self, script, check=True):
        """As superuser, who may be anybody; rows of columns joined by |."""
        done = subprocess.run(
            ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h",
             self.suite.env["PH_PG_SOCKET"], "-U", "postgres", "-d", "posthouse"],
            input=script, capture_output=True, text=True, timeout=60)
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def rows(self, script):
        return self.run(script).stdout.splitlines()

    def tries(self, role, statement):
        """What it does when the role runs it, taken back."""
        return self.run(f"SET SESSION AUTHORIZATION {role}; BEGIN; {statement}; "
                        "ROLLBACK", check=False)

    def columns(self, table):
        """Those that a row cannot do without: name and type."""
        return [line.split("|") for line in self.rows(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            f"WHERE attrelid = '{table}'::regclass AND attnum > 0 "
            "AND NOT attisdropped AND attidentity = '' AND (attnotnull "
            f"AND NOT atthasdef OR ('{table}.' || attname) = ANY "
            f"(string_to_array('{' '.join(VALUES)}', ' ')))")]

    def insert(self, table, domain, only=None):
        """The statement that adds a row of the domain."""
        number = self.rows("SELECT number FROM account WHERE username = 'x' "
                           f"AND domain = '{domain}'")[0]
        names, values = [], []
        for name, kind in self.columns(table):
            if only is not None and name not in only:
                continue
            value = VALUES.get(f"{table}.{name}") or (
                "'{d}'" if name == "domain" else FILLER[kind])
            names.append(name)
            values.append(value.format(d=domain, n=number))
        return (f"INSERT INTO {table} ({', '.join(names)}) "
                f"VALUES ({', '.join(values)})")

    def may(self, role, table, what):
        """The columns for which the role has a right; [] without it."""
        return self.rows(
            "SELECT attname FROM pg_attribute WHERE "
            f"attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped "
            f"AND has_column_privilege('{role}', attrelid, attnum, '{what}') "
            "ORDER BY attnum")


def tables_of(database):
    return database.rows("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') "
                         "AND relnamespace = 'public'::regnamespace "
                         "AND NOT relispartition ORDER BY 1")


@pytest.fixture(scope="module")
def database():
    with Suite(domains=(OTHER, OWN)) as suite:
        found = Database(suite)
        for role, like in ROLES.items():
            found.run(f"CREATE ROLE {role} LOGIN")
            suite.ctl("db", "restrict", role, OWN, "--like", like)
        for domain in (OTHER, OWN):
            found.run("INSERT INTO account (domain, username) "
                      f"VALUES ('{domain}', 'x')")
        for table in tables_of(found):
            for domain in (OTHER, OWN):
                # Without foreign keys: each row is of one table alone.
                found.run("SET session_replication_role = replica; "
                          + found.insert(table, domain))
        yield found


def test_every_table_has_its_rule(database):
    ruled = set(database.rows("SELECT relation FROM access_rule"))
    of_none = set(database.rows("SELECT relation FROM access_rule "
                                "WHERE may_read IN ('true', 'false')"))

    assert set(tables_of(database)) == ruled
    assert of_none == READ_ONLY | NOBODYS
    assert database.rows("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') "
                         "AND relnamespace = 'public'::regnamespace "
                         "AND NOT relispartition AND NOT relrowsecurity") == []


def test_every_table_keyed_by_domain_is_ruled_by_it(database):
    keyed = database.rows(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] "
        "WHERE i.indisprimary AND a.attname = 'domain' "
        "AND c.relnamespace = 'public'::regnamespace")
    by_domain = set(database.rows("SELECT relation FROM access_rule "
                                  "WHERE may_read = 'domain ‹own›'"))

    assert keyed and set(keyed) <= by_domain


def test_nobody_reaches_a_partition_past_its_table(database):
    for role in [*ROLES, *ROLES.values()]:
        assert database.rows(
            "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND "
            f"(has_table_privilege('{role}', oid, 'SELECT, INSERT, UPDATE, DELETE') "
            f"OR has_any_column_privilege('{role}', oid, 'SELECT, INSERT, UPDATE'))"
        ) == []


def test_a_role_has_the_rights_of_the_one_it_is_like(database):
    for role, like in ROLES.items():
        for table in tables_of(database):
            for what in ("SELECT", "INSERT", "UPDATE"):
                assert database.may(role, table, what) == \
                    database.may(like, table, what), (role, table, what)


def readable(database, role):
    for table in tables_of(database):
        columns = database.may(role, table, "SELECT")
        if columns and table not in READ_ONLY | NOBODYS:
            yield table, columns


@pytest.mark.parametrize("role", ROLES)
def test_it_reads_no_row_of_another_domain(database, role):
    seen = 0
    for table, columns in readable(database, role):
        said = database.tries(role, f"SELECT {', '.join(columns)} FROM {table}")

        assert said.returncode == 0, (table, said.stderr)
        assert OTHER not in said.stdout, (table, said.stdout)
        assert len(said.stdout.splitlines()) >= 1, f"{table}: not even its own"
        everything = database.rows(f"SELECT count(*) FROM {table}")
        assert len(said.stdout.splitlines()) < int(everything[0]), table
        seen += 1
    assert seen > 3


def touched(database, role, statement):
    said = database.tries(role, f"{statement};\n\\echo :ROW_COUNT\n")
    assert said.returncode == 0, (statement, said.stderr)
    return int(said.stdout)


@pytest.mark.parametrize("role", ROLES)
def test_it_changes_and_removes_no_row_of_another_domain(database, role):
    """Half of each table's rows are of either domain."""
    for table, readable_columns in readable(database, role):
        half = int(database.rows(f"SELECT count(*) FROM {table}")[0]) // 2
        for column in database.may(role, table, "UPDATE"):
            if column in readable_columns and column not in ("id", "number"):
                assert touched(database, role, f"UPDATE {table} SET {column} = "
                                               f"{column}") == half, table
                break
        if database.rows(f"SELECT has_table_privilege('{role}', '{table}', "
                         "'DELETE')") == ["t"]:
            assert touched(database, role, f"DELETE FROM {table}") == half, table


@pytest.mark.parametrize("role", ROLES)
def test_it_adds_no_row_to_another_domain(database, role):
    tried = 0
    for table in tables_of(database):
        columns = database.may(role, table, "INSERT")
        if not columns:
            continue
        said = database.tries(role, database.insert(table, OTHER, columns))

        assert said.returncode != 0, table
        assert "row-level security" in said.stderr, (table, said.stderr)
        tried += 1
    assert tried > 3


@pytest.mark.parametrize("role", ROLES)
def test_it_moves_no_row_to_another_domain(database, role):
    for table, _ in readable(database, role):
        if "domain" not in database.may(role, table, "UPDATE"):
            continue
        said = database.tries(role, f"UPDATE {table} SET domain = '{OTHER}'")
        assert "row-level security" in said.stderr, (table, said.stderr)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_of_all_domains_it_may_only_read(database, role):
    for table in READ_ONLY | NOBODYS:
        said = database.tries(role, database.insert(table, OWN))
        assert said.returncode != 0, table
        assert "denied" in said.stderr or "row-level" in said.stderr, table
    for table in NOBODYS:
        assert database.may(role, table, "SELECT") == []


def test_no_function_does_for_it_what_it_may_not(database):
    """Those that run with the owner's rights, of which it may call only these."""
    harmless = {"archive_make_partitions(integer)", "audit_make_partitions(integer)",
                "index_past_months()", "access_domains()"}
    for role in ROLES:
        called = set(database.rows(
            "SELECT oid::regprocedure FROM pg_proc WHERE prosecdef "
            "AND pronamespace = 'public'::regnamespace "
            f"AND has_function_privilege('{role}', oid, 'EXECUTE')"))
        assert called <= harmless, role
    # This one has the rights of whoever calls it.
    said = database.tries("posthouse_b_sm", f"SELECT quiet_set('{OTHER}', 'x', 'n', 'n')")
    assert "row-level security" in said.stderr
    said = database.tries("posthouse_b_sm", f"SELECT quiet_set('{OWN}', 'x', 'n', 'n')")
    assert said.returncode == 0, said.stderr
    said = database.tries("posthouse_b_ctl", "SELECT archive_trim(1)")
    assert "permission denied" in said.stderr


def test_it_cannot_become_another_role(database):
    for other in [*ROLES.values(), "posthouse_owner", "postgres"]:
        said = database.tries("posthouse_b_sm", f"SET ROLE {other}")
        assert "permission denied" in said.stderr
    said = database.tries("posthouse_b_sm",
                          "SET row_security = off; SELECT * FROM roster")
    assert "row-level security" in said.stderr


def test_an_unrestricted_role_asks_nothing(database):
    plan = "EXPLAIN SELECT jid FROM roster WHERE domain = 'b.example' AND " \
           "username = 'x'"
    assert "InitPlan" not in database.tries("posthouse_sm", plan).stdout
    assert "access_domains" not in database.tries("posthouse_sm", plan).stdout


def test_a_restricted_role_still_uses_the_index(database):
    plan = database.tries(
        "posthouse_b_sm", "SET LOCAL enable_seqscan = off; SET LOCAL "
        "enable_bitmapscan = off; EXPLAIN SELECT jid FROM roster "
        "WHERE domain = 'b.example' AND username = 'x'").stdout

    assert "roster_pkey" in plan and "InitPlan 1" in plan
    condition = next(l for l in plan.splitlines() if "Index Cond" in l)
    assert "username = 'x'" in condition and "domain = " in condition


def test_the_model_is_shown(database):
    shown = {r["role"]: r for r in json.loads(
        database.suite.ctl("--json", "db", "access").stdout)}
    tables = json.loads(database.suite.ctl("--json", "db", "access",
                                           "--tables").stdout)

    assert shown["posthouse_b_sm"] == {"role": "posthouse_b_sm", "exists": True,
                                       "rights-of": "posthouse_sm", "domains": OWN}
    assert shown["posthouse_sm"]["domains"] is None
    rows = {(r["role"], r["table"]): r for r in tables}
    assert rows["posthouse_b_sm", "roster"]["rows"] == "of its domains"
    assert rows["posthouse_sm", "roster"]["rows"] == "all"
    assert ("posthouse_b_sm", "credential") not in rows


@pytest.mark.parametrize("words, reason", [
    (("nobody", OWN), "no such role"), (("postgres", OWN), "no role of a daemon"),
    (("posthouse_sm",), "--all"), (("posthouse_sm", OWN, "--all"), "--all"),
    (("posthouse_sm", "x@b.example"), "no domain"),
    (("posthouse_owner", OWN), "no such role")])
def test_what_cannot_be_restricted_is_told(database, words, reason):
    result = database.suite.ctl("db", "restrict", *words, check=False)

    assert result.returncode == 1
    assert reason in result.stderr


# --- daemons under restricted roles --------------------------------------------------


def test_a_restriction_reaches_daemons_that_run(own_suite, crowd_of):
    suite = own_suite(domains=(OTHER, OWN))
    for name in (f"anna@{OTHER}", f"bert@{OWN}", f"bob@{OWN}"):
        suite.ctl("user", "add", name, "--password", PASSWORD)
    people = crowd_of(suite)

    def login(name, domain):
        return people.connect(domain=domain).secure().plain(
            name, PASSWORD).bind().comes_online()

    login("anna", OTHER)
    suite.ctl("db", "restrict", "posthouse_auth", OWN)
    suite.ctl("db", "restrict", "posthouse_sm", OWN)

    with pytest.raises(Refused):
        login("anna", OTHER)
    bert, bob = login("bert", OWN), login("bob", OWN)
    bert.send(bob.jid, "hello")
    bob.receives("hello")
    bob.close()
    bert.send(bob.bare, "later")
    login("bob", OWN).receives("later")

    suite.ctl("db", "restrict", "posthouse_auth", "--all")
    suite.ctl("db", "restrict", "posthouse_sm", "--all")
    login("anna", OTHER)


def test_daemons_use_the_roles_of_their_suite(own_suite, crowd_of):
    suite = own_suite()
    database = Database(suite)
    for role, like in ROLES.items():
        database.run(f"CREATE ROLE {role} LOGIN")
        suite.ctl("db", "restrict", role, "localhost", "--like", like)
    ident = suite.database_folder() / "data" / "pg_ident.conf"
    ident = ident if ident.exists() else next(suite.state.rglob("pg_ident.conf"))
    ident.write_text(ident.read_text() + "".join(
        line.replace(f"{like}\n", f"{role}\n")
        for role, like in ROLES.items()
        for line in ident.read_text().splitlines(True) if line.endswith(f"{like}\n")))
    database.run("SELECT pg_reload_conf()")
    with (suite.state / "posthouse.conf").open("a") as file:
        file.write('\ndatabase-roles = "posthouse_b"\n')
    for daemon in ("authd", "sm", "mucd"):
        suite.ctl("restart", daemon)

    people = crowd_of(suite)
    name = people.account()
    romeo = people.login(name).comes_online()
    romeo.send(romeo.bare, "myself")
    assert set(database.rows(
        "SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name "
        "~ '^(authd|sm|mucd)'")) == set(ROLES) - {"posthouse_b_ctl"}
