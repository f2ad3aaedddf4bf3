"""Rules on files that people offer each other, changed while sm runs."""
import os
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


# --- offers to somebody who is away ------------------------------------------------

def is_told_to_wait(client, name):
    return client.waits_for(lambda e: e.get("type") == "headline"
                            and name in "".join(e.itertext()))


def test_an_offer_waits_while_its_sender_stays(people):
    romeo, juliet = people.online("romeo"), people.account("juliet")

    offer(romeo, f"{juliet}@localhost", "waits.txt")
    told = is_told_to_wait(romeo, "waits.txt")
    assert "upload.localhost" in "".join(told.itertext())
    there = people.login(juliet).comes_online()

    heard = arrives(there, "waits.txt")
    assert heard.get("from") == romeo.jid
    si = heard.find(f"{{{SI}}}si")
    assert si.find("{urn:xmpp:delay}delay").get("stamp")
    there.stanza(f"<iq type='result' id='waits.txt' to='{romeo.jid}'/>")
    assert arrives(romeo, "waits.txt").get("type") == "result"


def test_who_may_not_upload_is_not_told_of_it(suite, people):
    romeo, juliet = people.online("romeo"), people.account("juliet")
    suite.ctl("property", "set", "account", romeo.bare, "upload", "no")
    time.sleep(0.3)  # the database tells sm

    offer(romeo, f"{juliet}@localhost", "waits too.txt")

    told = is_told_to_wait(romeo, "waits too.txt")
    assert "upload" not in "".join(told.itertext())


def test_an_offer_is_withdrawn_when_its_sender_leaves(people):
    romeo, juliet = people.online("romeo"), people.account("juliet")
    offer(romeo, f"{juliet}@localhost", "gone.txt")
    is_told_to_wait(romeo, "gone.txt")

    romeo.leaves()
    time.sleep(2.5)

    there = people.login(juliet).comes_online()
    note = there.waits_for(lambda e: e.tag == CLIENT + "message")
    assert "gone.txt" in note.findtext(CLIENT + "body")
    assert romeo.jid in note.findtext(CLIENT + "body")
    there.hears_nothing_of(lambda e: e.get("id") == "gone.txt")


def test_an_offer_does_not_wait_for_ever(own_suite, crowd_of):
    suite = own_suite(settings={"sm.offer-timeout": 1,
                                "sm.offers-per-user": 1}, sm=2)
    people = crowd_of(suite)
    romeo, juliet = people.online("romeo"), people.account("juliet")
    offer(romeo, f"{juliet}@localhost", "first")
    offer(romeo, f"{juliet}@localhost", "one too many")

    assert error_of(arrives(romeo, "one too many")) == "service-unavailable"
    withdrawn = arrives(romeo, "first")
    assert error_of(withdrawn) == "recipient-unavailable"
    assert "upload.localhost" in "".join(withdrawn.itertext())
    there = people.login(juliet).comes_online()
    there.waits_for(lambda e: "first" in "".join(e.itertext()))


def test_another_sm_tells_that_a_sender_has_left(own_suite, crowd_of):
    suite = own_suite(sm=4)
    people = crowd_of(suite)
    senders = [people.online(f"sender{i}") for i in range(4)]
    juliet = people.account("juliet")
    for i, sender in enumerate(senders):
        offer(sender, f"{juliet}@localhost", f"file{i}")
        is_told_to_wait(sender, f"file{i}")
        sender.leaves()
    time.sleep(8)

    there = people.login(juliet).comes_online()

    for i in range(4):
        there.waits_for(lambda e: e.tag == CLIENT + "message"
                        and f"file{i}" in "".join(e.itertext()))
    there.hears_nothing_of(lambda e: e.get("id", "").startswith("file"))


def test_an_offer_outlives_the_sm_with_which_it_waits(own_suite, crowd_of):
    suite = own_suite(sm=2)
    people = crowd_of(suite)
    romeo, tybalt = people.online("romeo"), people.online("tybalt")
    juliet, nurse = people.account("juliet"), people.account("nurse")
    for sender, name in ((romeo, "kept.txt"), (tybalt, "given-up.txt")):
        for user in (juliet, nurse):
            offer(sender, f"{user}@localhost", f"{user}-{name}")
            is_told_to_wait(sender, f"{user}-{name}")

    tybalt.leaves()
    for pid in suite.pids("sm"):
        os.kill(pid, 9)
    time.sleep(8)  # a new one has asked for sessions, and the others

    for user in (juliet, nurse):
        there = people.login(user).comes_online()
        heard = arrives(there, f"{user}-kept.txt")
        assert heard.get("from") == romeo.jid
        there.waits_for(lambda e: f"{user}-given-up.txt" in
                        (e.findtext(CLIENT + "body") or ""))
        there.stanza(f"<iq type='result' id='{user}-kept.txt' "
                     f"to='{romeo.jid}'/>")
        assert arrives(romeo, f"{user}-kept.txt").get("type") == "result"


def test_who_is_online_is_asked_by_his_resource(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    offer(romeo, juliet.bare, "bare")

    assert error_of(arrives(romeo, "bare")) == "service-unavailable"
