"""--dry-run of every command that changes something: it says what would change and how
many people are concerned, and the database is afterwards what it was."""
import json
import os
import subprocess

import pytest

from suite import BIN, PASSWORD, Suite

# What changes nothing that is kept in the database: it reads, writes files, or acts
# upon processes. That somebody has read is not taken back: it stands in the journal.
READS = {"user list", "user check", "user show", "user export", "invite list",
         "admin list", "api list", "department show", "department list", "property list",
         "broadcast list", "broadcast status", "notice list", "why", "transfer list",
         "archive search", "archive export", "audit query", "audit export",
         "audit requests", "audit verify", "audit seal", "audit hold list", "trace",
         "status", "metrics", "restart", "db access"}

# Commands, and how many people each concerns: who is in a department is in the contact
# lists of its people and of those below it. There are anna, bert, cora, dora, eric and
# off, who is locked; Works has anna and bert, and below it Night has cora. None: whom a
# daemon has handed it meanwhile.
WALK = [
    ("user add", "new@localhost --password long_enough", 1),
    ("user add", "new@localhost", 1),
    ("user del", "anna@localhost", 3),
    ("user disable", "anna@localhost", 1),
    ("user enable", "off@localhost", 1),
    ("user change", "anna@localhost --name Anne", 3),
    ("user passwd", "anna@localhost --password long_enough", 1),
    ("user passwd", "anna@localhost", 1),
    ("user reset", "anna@localhost", 1),
    ("user import", "{state}/new.csv", 6),
    ("user import", "{state}/known.csv --update", 3),
    ("user import", "{state}/new.xml", 1),
    ("user quiet", "anna@localhost none", 1),
    ("invite add", "guest@localhost", 0),
    ("invite del", "{token}", 0),
    ("admin add", "anna@localhost", 1),
    ("admin del", "dora@localhost", 1),
    ("api add", "hr --as dora@localhost", 0),
    ("api del", "payroll", 0),
    ("department add", "Third", 0),
    ("department del", "Empty", 0),
    ("department change", "Works --name Factory", 3),
    ("department member add", "Night dora@localhost", 2),
    ("department member move", "Night cora@localhost Empty", 1),
    ("department member del", "Night cora@localhost", 1),
    ("property set", "department Works send-file no", 3),
    ("property set", "department Works audit content", 3),
    ("property set", "account anna@localhost search no", 1),
    ("property set", "server search no", 6),
    ("property unset", "department Works room", 3),
    ("broadcast remind", "{broadcast}", None),
    ("announce", "hello --department Works", 3),
    ("announce", "hello", 5),
    ("notice set", "welcome hello", 6),
    ("notice edit", "motd hello", 6),
    ("notice del", "motd", 6),
    ("transfer add", "refuse --department Works", 3),
    ("transfer add", "refuse", 6),
    ("transfer del", "{rule}", 3),
    ("archive trim", "--days 1", 0),
    ("archive keep", "30 --department Works", 3),
    ("archive keep", "30 --account anna@localhost", 1),
    ("archive import", "{state}/archive.xml --reason test", 1),
    ("audit request", "--reason test --department Works", 3),
    ("audit approve", "{request}", 1),
    ("audit trim", "", 0),
    ("audit hold add", "--reason test --person anna@localhost", 1),
    ("audit hold add", "--reason test --from 2020-01-01", 6),
    ("audit hold release", "{hold} --reason test", 1),
    ("daily", "", 0),
    ("db migrate", "", 0),
    ("db restrict", "posthouse_sm localhost", 0),
]
# LDAP's is in test_ldap.py, which has one.
ELSEWHERE = {"ldap import"}


def ctl(suite, *words, **env):
    return subprocess.run([BIN / "posthousectl", "--state", suite.state, "--json",
                           *map(str, words)], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL,
                          env={**os.environ, **env})


def told(suite, *words, **env):
    result = ctl(suite, *words, **env)
    assert result.returncode == 0, (words, result.stderr)
    return json.loads(result.stdout)


PIE = """<server-data xmlns='urn:xmpp:pie:0'><host jid='localhost'>
<user name='fresh' password='long enough'/></host></server-data>"""
ARCHIVE = """<server-data xmlns='urn:xmpp:pie:0'><host jid='localhost'>
<user name='anna'><archive xmlns='urn:xmpp:pie:0#mam'>
<result xmlns='urn:xmpp:mam:2' id='other-1'><forwarded xmlns='urn:xmpp:forward:0'>
<delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/>
<message xmlns='jabber:client' from='anna@localhost' to='bert@localhost' type='chat'>
<body>long ago</body></message></forwarded></result></archive></user></host>
</server-data>"""


@pytest.fixture(scope="module")
def company():
    with Suite() as suite:
        for name in ("anna", "bert", "cora", "dora", "eric", "off"):
            suite.ctl("user", "add", f"{name}@localhost", "--password", PASSWORD)
        suite.ctl("user", "disable", "off@localhost")
        suite.ctl("department", "add", "Works")
        suite.ctl("department", "add", "Night", "--parent", "Works")
        suite.ctl("department", "add", "Empty")
        for department, name in (("Works", "anna"), ("Works", "bert"),
                                 ("Night", "cora")):
            suite.ctl("department", "member", "add", department, f"{name}@localhost")
        suite.ctl("admin", "add", "dora@localhost")
        suite.ctl("property", "set", "department", "Works", "room", "yes")
        suite.ctl("api", "add", "payroll", "--as", "dora@localhost")
        suite.ctl("notice", "set", "motd", "be kind")
        suite.ctl("announce", "first", "--department", "Works")
        files = {"new.csv": "jid,password,department\n" + "".join(
                     f"n{i}@localhost,long enough,Works\n" for i in range(3)),
                 "known.csv": "jid,password,name\nanna@localhost,long enough,Anna\n"
                              "bert@localhost,long enough,Bert\n",
                 "new.xml": PIE, "archive.xml": ARCHIVE}
        for name, text in files.items():
            (suite.state / name).write_text(text)
        suite.made = {
            "state": suite.state,
            "token": told(suite, "invite", "add")["uri"].split("preauth=")[1],
            "broadcast": told(suite, "broadcast", "list")[0]["id"],
            "rule": told(suite, "transfer", "add", "refuse", "--department",
                         "Works")[0]["id"],
            "hold": told(suite, "audit", "hold", "add", "--reason", "x", "--person",
                         "anna@localhost")[0]["number"],
            "request": told(suite, "audit", "request", "--reason", "x", "--person",
                            "anna@localhost")[0]["number"],
        }
        # Another administrator asked.
        suite.sql("UPDATE audit_request SET made_by = 'somebody else'")
        yield suite


def dump(suite):
    """All that is in the database. What a sequence would give next is not taken back
    by a transaction, and names nothing."""
    result = subprocess.run(
        ["runuser", "-u", "posthouse-pg", "--", "pg_dump", "-h",
         suite.env["PH_PG_SOCKET"], "-U", "postgres", "-d", "posthouse"]
        if os.geteuid() == 0 else
        ["pg_dump", "-h", suite.env["PH_PG_SOCKET"], "-U", "postgres", "posthouse"],
        capture_output=True, text=True, check=True, timeout=60)
    return [line for line in result.stdout.splitlines()
            if "pg_catalog.setval" not in line and "restrict" not in line]


def test_every_command_that_changes_something_has_it(company):
    commands = told(company, "--help")
    having = {c["command"] for c in commands if "[--dry-run]" in c["words"]}
    all_of_them = {c["command"] for c in commands}

    assert having == all_of_them - READS
    assert having == {name for name, _, _ in WALK} | ELSEWHERE


@pytest.mark.parametrize("name, words, people", WALK)
def test_it_counts_and_changes_nothing(company, name, words, people):
    before = dump(company)
    filled = [w.format(**company.made) for w in words.split()]

    result = ctl(company, *name.split(), *filled, "--dry-run", SUDO_USER="someone")

    assert result.returncode == 0, result.stderr
    rows = json.loads(result.stdout)
    assert rows[0]["what"] == "people"
    if people is not None:
        assert rows[0]["count"] == people, rows
    assert dump(company) == before


def counts(suite, *words):
    return {r["what"]: r["count"] for r in told(suite, *words, "--dry-run")}


def test_what_goes_with_an_account_is_counted(company):
    said = counts(company, "user", "del", "anna@localhost")

    assert said["people"] >= 1
    assert said["account removed"] == 1
    assert said["credential removed"] == 2
    assert said["department_member removed"] == 1


def test_an_import_is_counted_line_by_line(company):
    file = company.state / "mixed.csv"
    file.write_text("jid,password\nn8@localhost,long enough\n"
                    "anna@localhost,long enough\n")

    result = ctl(company, "user", "import", file, "--dry-run")

    assert result.returncode == 1
    assert "line 3: the account exists" in result.stderr
    said = {r["what"]: r["count"] for r in json.loads(result.stdout)}
    assert (said["people"], said["accounts added"], said["accounts refused"]) == (
        1, 1, 1)


def test_what_would_be_refused_is_refused(company):
    before = dump(company)
    for words in (("user", "del", "nobody@localhost"),
                  ("user", "add", "anna@localhost"),
                  ("user", "add", "new@localhost", "--password", "x"),
                  ("department", "del", "Works"), ("transfer", "del", "999"),
                  ("announce", "hello", "--department", "Nowhere"),
                  ("user", "import", "/nowhere.csv")):
        result = ctl(company, *words, "--dry-run")
        assert result.returncode == 1, words
        assert result.stdout == "", words
        assert result.stderr.startswith("posthousectl: "), words
    assert dump(company) == before
