"""People and groups of another directory: a real OpenLDAP server."""
import json
import os
import signal
import time
from pathlib import Path

import pytest

from slapd import BASE, Slapd, group, person
from suite import PASSWORD, Suite
from xmpp import Refused


def log_in(people, name, password):
    """True, or the condition of the refusal."""
    try:
        people.connect().secure().plain(name, password)
    except Refused as refused:
        return refused.args[0]
    return True


def imported(suite, *words):
    """What an import did, by its own words, as far as it did something."""
    text = suite.ctl("--json", "ldap", "import", *words).stdout
    return {r["what"]: r["count"] for r in json.loads(text) if r["count"]}


@pytest.fixture
def slapd():
    with Slapd(person("anna", "anna's own"), person("bert", "bert's own"),
               person("carl(x)*", "carl's own"),
               group("sales", "anna", "bert"), group("labs", "bert")) as server:
        yield server


@pytest.fixture
def company(slapd):
    with Suite(users=("root",), settings=slapd.settings()) as suite:
        yield suite


@pytest.fixture
def people(company, crowd_of):
    return crowd_of(company)


def test_people_log_in_with_the_passwords_of_their_directory(company, people):
    company.ctl("ldap", "import")
    assert log_in(people, "anna", "anna's own") is True
    assert log_in(people, "bert", "anna's own") == "not-authorized"
    assert log_in(people, "nobody", "anna's own") == "not-authorized"
    assert log_in(people, "*", "anna's own") == "not-authorized"
    assert log_in(people, "ann*", "anna's own") == "not-authorized"
    assert log_in(people, "carl(x)*", "carl's own") is True
    assert log_in(people, "root", PASSWORD) is True
    assert log_in(people, "root", "anna's own") == "not-authorized"


def test_only_plain_under_tls_is_offered(people):
    client = people.connect().secure()
    assert client.mechanisms() == ["PLAIN"]
    with pytest.raises(Refused) as refused:
        client.scram("root", PASSWORD)
    assert refused.value.args == ("invalid-mechanism",)


def test_who_is_not_imported_does_not_get_in(company, people):
    assert log_in(people, "anna", "anna's own") == "not-authorized"
    company.ctl("ldap", "import")
    assert log_in(people, "anna", "anna's own") is True
    company.ctl("user", "disable", "anna@localhost")
    assert log_in(people, "anna", "anna's own") == "account-disabled"


def test_a_directory_that_is_down_refuses_for_now(company, people, slapd):
    company.ctl("ldap", "import")
    slapd.stop()
    assert log_in(people, "anna", "anna's own") == "temporary-auth-failure"
    assert log_in(people, "nobody", "x") == "temporary-auth-failure"
    assert log_in(people, "root", PASSWORD) is True
    assert company.ctl("ldap", "import", check=False).returncode == 1
    slapd.start()
    assert log_in(people, "anna", "anna's own") is True


def children_of(pid):
    return [int(p) for p in
            Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def workers_of(company):
    authd, = company.pids("authd")
    keeper, = children_of(authd)
    return children_of(keeper)


def test_dead_workers_are_not_missed_and_replaced(company, people, slapd):
    company.ctl("ldap", "import")
    first = workers_of(company)
    assert len(first) == 4
    for pid in first[1:]:
        os.kill(pid, signal.SIGKILL)
    for _ in range(12):
        assert log_in(people, "anna", "anna's own") is True
    os.kill(first[0], signal.SIGKILL)
    deadline = time.monotonic() + 20
    while len(set(workers_of(company)) - set(first)) < 4:
        assert time.monotonic() < deadline, "they are not replaced"
        time.sleep(0.1)
    assert log_in(people, "anna", "anna's own") is True
    assert log_in(people, "anna", "bert's own") == "not-authorized"


def test_the_workers_end_with_authd(company, people):
    company.ctl("ldap", "import")
    old = workers_of(company)
    company.kill_one("authd")
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in old):
        assert time.monotonic() < deadline, "they are left behind"
        time.sleep(0.1)
    while log_in(people, "anna", "anna's own") == "temporary-auth-failure":
        assert time.monotonic() < deadline, "its successor takes nobody"
        time.sleep(0.1)
    assert log_in(people, "anna", "anna's own") is True


def test_an_import_changes_what_differs(company, people, slapd):
    said = imported(company, "--dry-run")
    assert {what: said[what] for what in (
        "people", "people added", "departments added or changed", "members added",
        "account added", "contacts")} == {
        "people": 3, "people added": 3, "departments added or changed": 2,
        "members added": 3, "account added": 3, "contacts": 2}
    assert imported(company) == {
        "people added": 3, "departments added or changed": 2, "members added": 3}
    assert imported(company) == {}

    slapd.modify(f"dn: uid=anna,ou=people,{BASE}\nchangetype: modify\n"
                 "replace: cn\ncn: Anna Karenina\n")
    slapd.modify(f"dn: cn=labs,ou=groups,{BASE}\nchangetype: modify\n"
                 f"add: member\nmember: uid=anna,ou=people,{BASE}\n-\n"
                 f"delete: member\nmember: uid=bert,ou=people,{BASE}\n")
    assert imported(company) == {"people changed": 1, "members added": 1,
                                 "members removed": 1}
    shown = company.ctl("user", "show", "anna@localhost").stdout
    assert "Anna Karenina" in shown and "labs, sales" in shown


def test_groups_of_groups_are_a_tree(company, people, slapd):
    def add(name, *groups, users=()):
        slapd.modify(group(name, *users).replace(
            "objectClass", "changetype: add\nobjectClass", 1) + "".join(
                f"member: cn={g},ou=groups,{BASE}\n" for g in groups))

    def paths():
        return {d["path"] for d in json.loads(
            company.ctl("--json", "department", "list").stdout)}

    company.ctl("ldap", "import")
    company.ctl("property", "set", "department", "sales", "roster", "none")
    add("house", "sales", "labs")
    add("ring", "house", users=("anna",))
    slapd.modify(f"dn: cn=labs,ou=groups,{BASE}\nchangetype: modify\n"
                 f"add: member\nmember: cn=ring,ou=groups,{BASE}\n")

    company.ctl("ldap", "import")

    top, = (p for p in paths() if "/" not in p)
    assert len(paths()) == 4
    below = {p.rsplit("/", 1)[1] for p in paths() if "/" in p}
    assert below == {"house", "labs", "sales", "ring"} - {top}
    assert any(p.endswith("house/sales") for p in paths())
    listed = company.ctl("property", "list", "department", "sales").stdout
    assert "none" in listed, "it was moved, not made anew"
    assert imported(company) == {}


def test_who_is_gone_is_locked_and_let_in_again(company, people, slapd):
    company.ctl("ldap", "import")
    slapd.delete("carl(x)*")
    assert imported(company) == {"people locked": 1}
    assert imported(company) == {}
    slapd.modify("\n".join(
        line if i else line + "\nchangetype: add" for i, line in enumerate(
            person("carl(x)*", "new").splitlines())))
    assert imported(company) == {"people let in again": 1}
    assert log_in(people, "carl(x)*", "new") is True


def test_a_directory_that_lost_most_is_not_believed(company, slapd):
    company.ctl("ldap", "import")
    slapd.delete("anna")
    slapd.delete("bert")
    refused = company.ctl("ldap", "import", check=False)
    assert refused.returncode == 1 and "--force" in refused.stderr
    assert imported(company, "--force")["people locked"] == 2


def test_new_people_appear_in_colleagues_rosters(company, people, slapd):
    company.ctl("ldap", "import")
    anna = people.login("anna", password="anna's own")
    assert set(anna.roster()) == {"bert@localhost"}
    anna.comes_online()
    slapd.modify("\n".join(
        line if i else line + "\nchangetype: add" for i, line in enumerate(
            person("dora", "dora's own").splitlines())))
    slapd.modify(f"dn: cn=sales,ou=groups,{BASE}\nchangetype: modify\n"
                 f"add: member\nmember: uid=dora,ou=people,{BASE}\n")
    company.ctl("ldap", "import")
    anna.receives_push("dora@localhost")


def test_twenty_thousand_people_are_imported(crowd_of):
    names = [f"p{i}" for i in range(20000)]
    groups = [group(f"team{n}", *names[n::100]) for n in range(100)]
    with Slapd(*(person(n) for n in names), person("last", "the last's own"),
               *groups) as slapd, \
            Suite(settings={**slapd.settings(), "ldap.timeout": 7}) as suite:
        assert imported(suite) == {"people added": 20001,
                                   "departments added or changed": 100,
                                   "members added": 20000}
        assert imported(suite) == {}
        people = crowd_of(suite)
        assert log_in(people, "last", "the last's own") is True
