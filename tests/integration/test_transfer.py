"""Rules on files that people offer each other, changed while sm runs."""
import time

import pytest

from xmpp import CLIENT, error_of

SI = "http://jabber.org/protocol/si"
FILE = SI + "/profile/file-transfer"


def offer(client, to, name="a.txt", size=10):
    """Offers a file; the id of the request."""
    client.stanza(f"<iq type='set' id='{name}' to='{to}'><si xmlns='{SI}' "
                  f"id='s1' profile='{FILE}' mime-type='text/plain'>"
                  f"<file xmlns='{FILE}' name='{name}' size='{size}'/></si>"
                  "</iq>")
    return name


def arrives(client, name):
    return client.waits_for(lambda e: e.tag == CLIENT + "iq"
                            and e.get("id") == name)


@pytest.fixture
def rule(suite):
    """Adds rules, and takes them away at the end."""
    made = []

    def add(*words):
        made.append(suite.ctl("transfer", "add", *words).stdout.strip())
        time.sleep(0.3)  # the database tells sm
        return made[-1]

    yield add
    for id in made:
        suite.ctl("transfer", "del", id, check=False)
    time.sleep(0.3)


def test_an_offer_passes_between_people(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    offer(romeo, juliet.jid)

    assert arrives(juliet, "a.txt").find(f"{{{SI}}}si") is not None


def test_a_rule_holds_at_once_and_until_it_is_deleted(suite, people, rule):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    id = rule("refuse", "--name", "*.exe", "--reason", "no programs here")

    offer(romeo, juliet.jid, "Game.EXE")
    answer = arrives(romeo, "Game.EXE")
    offer(romeo, juliet.jid, "game.txt")

    assert error_of(answer) == "not-acceptable"
    assert "no programs here" in "".join(answer.itertext())
    arrives(juliet, "game.txt")
    juliet.hears_nothing_of(lambda e: e.get("id") == "Game.EXE")
    log = (suite.state / "log/sm.0.log").read_text()
    assert f"transfer-refused from={romeo.jid} to={juliet.jid} " \
           "name=Game.EXE" in log
    suite.ctl("transfer", "del", id)
    time.sleep(0.3)
    offer(romeo, juliet.jid, "again.exe")
    arrives(juliet, "again.exe")


def test_a_department_has_rules_of_its_own(suite, people, rule):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    suite.ctl("department", "add", "sales")
    suite.ctl("department", "add", "field", "--parent", "sales")
    suite.ctl("department", "member", "add", "field", romeo.bare)
    rule("refuse", "--department", "sales", "--larger-than", "1000")

    offer(romeo, juliet.jid, "large", 1001)
    offer(juliet, romeo.jid, "also large", 1001)
    offer(romeo, juliet.jid, "small", 1000)

    assert error_of(arrives(romeo, "large")) == "not-acceptable"
    arrives(romeo, "also large")
    arrives(juliet, "small")
    suite.ctl("department", "member", "del", "field", romeo.bare)
    time.sleep(0.3)
    offer(romeo, juliet.jid, "large now", 1001)
    arrives(juliet, "large now")


def test_rules_are_listed(suite, rule):
    id = rule("log", "--direction", "out", "--type", "video/*")

    assert id in [line.split("\t")[0] for line in
                  suite.ctl("transfer", "list").stdout.splitlines()]


@pytest.mark.parametrize("words", [
    ("maybe",), ("refuse", "--direction", "up"),
    ("refuse", "--larger-than", "much"), ("refuse", "--department", "nowhere")])
def test_a_rule_without_sense_is_refused(suite, words):
    assert suite.ctl("transfer", "add", *words, check=False).returncode == 1
