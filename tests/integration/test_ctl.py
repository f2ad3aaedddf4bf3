"""posthousectl: what an administrator types, and what he is told."""
import contextlib
import json
import os
import pty
import re
import select
import subprocess

import pytest

from suite import BIN, PASSWORD
from xmpp import Refused

ANOTHER = "another horse"


def refused(suite, *words):
    result = suite.ctl(*words, check=False)
    assert result.returncode != 0
    return result.stderr


def test_a_new_password_takes_the_place_of_the_old_one(suite, people):
    name = people.account()

    suite.ctl("user", "passwd", f"{name}@localhost", "--password", ANOTHER)

    people.login(name, password=ANOTHER)
    with pytest.raises(Refused):
        people.login(name, password=PASSWORD)


def test_an_import_with_update_sets_passwords(suite, people, tmp_path):
    name = people.account()
    file = suite.state / "update.csv"
    file.write_text(f"jid,password\n{name}@localhost,{ANOTHER}\n")

    suite.ctl("user", "import", "--update", file)

    people.login(name, password=ANOTHER)


def test_options_may_stand_in_front(suite, people):
    name = people.name()

    suite.ctl("user", "add", "--password", ANOTHER, f"{name}@localhost")

    people.login(name, password=ANOTHER)


class Typist:
    """posthousectl at a terminal."""

    def __init__(self, suite, *words):
        self._terminal, other = pty.openpty()
        self._process = subprocess.Popen(
            [BIN / "posthousectl", "--state", suite.state, *words], stdin=other,
            stdout=other, stderr=other, close_fds=True)
        os.close(other)
        self.seen = ""

    def types(self, prompt, text):
        while not self.seen.endswith(prompt):
            assert select.select([self._terminal], [], [], 20)[0], self.seen
            self.seen += os.read(self._terminal, 1024).decode()
        os.write(self._terminal, f"{text}\n".encode())
        self.seen = ""
        return self

    def ends(self):
        with contextlib.suppress(OSError):  # nobody has it open any more
            while piece := os.read(self._terminal, 1024):
                self.seen += piece.decode()
        os.close(self._terminal)
        return self._process.wait(20), self.seen


def test_a_password_is_typed_twice(suite, people):
    name = people.name()

    status, said = Typist(suite, "user", "add", f"{name}@localhost").types(
        "Password: ", ANOTHER).types("Again: ", ANOTHER[1:]).ends()
    assert status == 1 and "the two passwords differ" in said
    status, said = Typist(suite, "user", "add", f"{name}@localhost").types(
        "Password: ", ANOTHER).types("Again: ", ANOTHER).ends()
    assert status == 0 and ANOTHER not in said

    people.login(name, password=ANOTHER)


@pytest.mark.parametrize("verb", ["status", "remind"])
def test_a_broadcast_that_was_never_sent_is_none(suite, verb):
    assert "there is no broadcast 987654" in refused(suite, "broadcast", verb,
                                                     "987654")


def test_a_property_that_decides_nothing_is_told(suite, people):
    jid = f"{people.account()}@localhost"

    mistyped = suite.ctl("property", "set", "account", jid, "sendfile", "no")
    right = suite.ctl("property", "set", "account", jid, "send-file", "no")

    assert "no permission, limit or rule is named sendfile" in mistyped.stderr
    assert right.stderr == ""


@pytest.mark.parametrize("words, reason", [
    (["user", "list", "--bogus", "x"], "no option --bogus"),
    (["user", "list", "--update"], "no option --update"),
    (["user", "add", "a@localhost", "--pasword", "x"], "no option --pasword"),
    (["user", "add", "a@localhost", "--password"], "expected a value"),
    ([], "expected a command"),
    (["user", "shwo"], 'no command "user shwo"'),
    (["user"], "user show JID"),
    (["user", "show"], "usage: posthousectl [--state DIR] [--json] user show")])
def test_a_wrong_command_line_is_told(suite, words, reason):
    result = suite.ctl(*words, check=False)

    assert result.returncode == 2
    assert reason in result.stderr


def test_a_short_password_is_refused(suite, people):
    reason = refused(suite, "user", "add", f"{people.name()}@localhost",
                     "--password", "short")

    assert "min-password-length" in reason


def test_an_administrator_has_an_account(suite, people):
    assert "no account" in refused(suite, "admin", "add", "nobody@localhost")
    someone = f"{people.account()}@localhost"

    suite.ctl("admin", "add", someone)
    suite.ctl("admin", "add", someone)

    assert someone in suite.ctl("admin", "list").stdout
    suite.ctl("admin", "del", someone)


SAMPLE = re.compile(r'(posthouse_[a-z0-9_]+)\{instance="(\d+)"\} (\d+)')


def test_metrics_are_what_prometheus_reads(suite, people):
    romeo, juliet = people.friends("romeo", "juliet")
    romeo.send(juliet.jid, "one to count")
    juliet.receives("one to count")

    lines = suite.ctl("metrics").stdout.splitlines()

    types, values = {}, {}
    for line in lines:
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in types, "a metric stands in one place"
            types[name] = kind
            continue
        name, instance, value = SAMPLE.fullmatch(line).groups()
        assert name in types
        assert (name, instance) not in values
        values[name, instance] = int(value)
    assert types["posthouse_sm_messages_total"] == "counter"
    assert types["posthouse_c2sd_sessions"] == "gauge"
    assert values["posthouse_sm_messages_total", "0"] >= 1
    assert values["posthouse_c2sd_sessions", "0"] >= 2
    for daemon in ("routerd", "authd", "sm", "mucd", "c2sd", "compd", "s2sd",
                   "proxy65d", "webd"):
        assert values[f"posthouse_{daemon}_up", "0"] == 1


def test_status_tells_of_the_router(suite):
    status = suite.ctl("status").stdout

    assert "routerd.0 pid=" in status
    assert "frames-routed=" in status


def test_refusals_are_told_in_our_words(suite, people):
    someone = f"{people.account()}@localhost"
    suite.ctl("department", "add", "Upper")
    suite.ctl("department", "add", "Lower", "--parent", "Upper")

    for words, reason in [
            (["user", "add", someone, "--password", ANOTHER], "account exists"),
            (["user", "add", "e@localhost", "--password", ""], "no password"),
            (["user", "passwd", "none@localhost", "--password", ANOTHER],
             "no account"),
            (["department", "add", "Upper"], "department exists"),
            (["department", "add", "Side", "--parent", "None"],
             "no department None"),
            (["department", "add", "Far", "--domain", "far.example"],
             "not served"),
            (["department", "del", "Upper"], "lie below"),
            (["department", "member", "add", "None", someone],
             "no department None"),
            (["department", "change", "Upper", "--parent", "Lower"],
             "below itself"),
            (["department", "member", "add", "Upper", "none@localhost"],
             "no such account")]:
        assert reason in refused(suite, *words)


def rows(suite, *words):
    return json.loads(suite.ctl("--json", *words).stdout)


def test_an_account_is_shown_and_deleted(suite, people):
    name = people.name()
    someone = f"{name}@localhost"
    suite.ctl("user", "add", someone, "--password", PASSWORD, "--name",
              "Ann Other", "--email", "ann@example.org")
    client = people.login(name)

    shown, = rows(suite, "user", "show", someone)
    assert "Ann Other" in shown.values()
    assert "ann@example.org" in shown.values()
    assert name in suite.ctl("user", "list").stdout
    suite.ctl("user", "del", someone)

    client.ends_with("not-authorized")
    assert "no account" in refused(suite, "user", "del", someone)
    with pytest.raises(Refused):
        people.login(name)


def test_a_disabled_account_is_shut_out_and_let_in_again(suite, people):
    name = people.account()
    someone = f"{name}@localhost"
    client = people.login(name)

    suite.ctl("user", "disable", someone)

    client.ends_with("not-authorized")
    with pytest.raises(Refused, match="account-disabled"):
        people.login(name)
    with pytest.raises(Refused, match="not-authorized"):
        people.login(name, password="a wrong one")
    suite.ctl("user", "enable", someone)
    people.login(name)
    assert "no account" in refused(suite, "user", "disable", "none@localhost")


def test_an_import_makes_accounts_of_a_department(suite, people):
    names = [people.name("import") for _ in range(3)]
    file = suite.state / "people.csv"
    file.write_text("jid,password,name,email,department\n" + "".join(
        f'{n}@localhost,{PASSWORD},"{n}, Esq.",{n}@example.org,Imported\n'
        for n in names))
    suite.ctl("department", "add", "Imported")

    suite.ctl("user", "import", file)

    for name in names:
        people.login(name)
        assert f"{name}, Esq." in suite.ctl("user", "show",
                                            f"{name}@localhost").stdout
    assert "account exists" in refused(suite, "user", "import", file)


@pytest.mark.parametrize("text, reason", [
    ("password\nx\n", "jid"),
    ("jid,password\na@localhost\n", "line 2"),
    ("jid,password\n@,secret password\n", "line 2"),
    ("jid,password,department\nz9@localhost,secret password,None\n",
     "no such department")])
def test_a_wrong_import_is_told_by_its_line(suite, text, reason):
    file = suite.state / "wrong.csv"
    file.write_text(text)

    assert reason in refused(suite, "user", "import", file)
    assert "z9" not in suite.ctl("user", "list").stdout


def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing(suite):
    """5,000 lines: more than are in memory at a time."""
    file = suite.state / "broken.csv"
    file.write_text("jid,password\n" + "".join(
        f"half{i}@localhost,secret password\n" for i in range(5000))
        + '"half5000@localhost,secret password\n')

    reason = refused(suite, "user", "import", file)

    assert "line 5002: a quote is not closed" in reason
    assert "half" not in suite.ctl("user", "list").stdout


def test_a_wrong_line_among_right_ones_is_told_by_its_number(suite, people):
    good = [people.name("good") for _ in range(2)]
    file = suite.state / "among.csv"
    file.write_text("jid,password,name\n"
                    f'{good[0]}@localhost,secret password,"Two\nlines"\n'
                    "bad@localhost,x,Bad\n"
                    "nowhere,secret password,No address\n"
                    f"{good[1]}@localhost,secret password,Good\n")

    reason = refused(suite, "user", "import", file)

    assert "line 4: the password is shorter" in reason
    assert "line 5: " in reason and "line 6: " not in reason
    shown = suite.ctl("user", "list").stdout
    assert all(f"{name}@localhost" in shown for name in good)
    assert "bad@localhost" not in shown


def test_an_import_that_the_database_refuses_leaves_nothing(suite, people):
    names = [people.name("whole") for _ in range(3)]
    suite.sql("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
              "'BEGIN RAISE ''not this one''; END'",
              "CREATE TRIGGER no BEFORE INSERT ON account FOR EACH ROW "
              f"WHEN (NEW.username = '{names[2]}') EXECUTE FUNCTION no()")
    file = suite.state / "whole.csv"
    file.write_text("jid,password\n" + "".join(
        f"{name}@localhost,secret password\n" for name in names))

    try:
        assert "not this one" in refused(suite, "user", "import", file)
    finally:
        suite.sql("DROP TRIGGER no ON account", "DROP FUNCTION no")
    assert names[0] not in suite.ctl("user", "list").stdout


def test_departments_have_members_and_administrators(suite, people):
    head, hand = (f"{people.account()}@localhost" for _ in range(2))
    suite.ctl("department", "add", "Works", "--rank", "3")
    suite.ctl("department", "member", "add", "Works", head, "--admin")
    suite.ctl("department", "member", "add", "Works", hand)

    department, = [d for d in rows(suite, "department", "list")
                   if "Works" in d.values()]
    assert {"3", 3} & set(department.values())
    suite.ctl("department", "member", "del", "Works", hand)
    assert refused(suite, "department", "member", "del", "Works", hand)
    suite.ctl("department", "del", "Works")
    assert not [d for d in rows(suite, "department", "list")
                if "Works" in d.values()]


def test_who_is_no_administrator_is_not_taken_off_the_list(suite, people):
    someone = f"{people.account()}@localhost"

    assert refused(suite, "admin", "del", someone)
    suite.ctl("admin", "add", someone)
    assert someone in json.dumps(rows(suite, "admin", "list"))
    suite.ctl("admin", "del", someone)
    assert someone not in suite.ctl("admin", "list").stdout


def test_migrating_again_changes_nothing(suite):
    suite.ctl("db", "migrate")


def test_names_that_are_no_addresses_any_more_are_found(suite, people):
    """As versions before RFC 7622 took them."""
    name = f"i\u2665{people.name()}"
    suite.sql(f"INSERT INTO account (domain, username) "
              f"VALUES ('localhost', '{name}')")

    found = suite.ctl("user", "check", check=False)

    assert found.returncode == 1
    assert found.stdout.split() == [f"{name}@localhost"]
    assert "no addresses" in found.stderr
    suite.ctl("user", "del", f"{name}@localhost")
    assert suite.ctl("user", "check").stdout == ""
