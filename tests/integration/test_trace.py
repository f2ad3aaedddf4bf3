"""Where is my message: posthousectl trace tells every step, and no content."""
import json

from test_stream_management import enable


def trace(suite, stanza_id, *words):
    result = suite.ctl("--json", "trace", stanza_id, *words, check=False)
    return json.loads(result.stdout or "[]")


def steps(suite, stanza_id, *wanted):
    """Pairs of step and what it says, when the wanted steps are there."""
    found = []
    for _ in range(100):
        found = [(s["step"], s["with"]) for s in trace(suite, stanza_id)]
        if set(wanted) <= {step for step, _ in found}:
            break
    return found


def test_a_message_that_arrived(suite, people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    enable(juliet)
    romeo.send(juliet.bare, "hark", id="trace-arrived")
    juliet.receives("hark")
    juliet.stanza("<a xmlns='urn:xmpp:sm:3' h='1'/>")

    found = steps(suite, "trace-arrived", "acknowledged", "archived")
    assert found[0] == ("accepted", romeo.jid)
    assert ("offered", juliet.jid) in found
    assert ("acknowledged", juliet.jid) in found
    archived = [with_ for step, with_ in found if step == "archived"]
    assert len(archived) == 1 and archived[0].isdigit()


def test_a_message_that_waits_and_is_fetched(suite, people):
    romeo = people.online("romeo")
    name = people.account("juliet")
    romeo.send(f"{name}@localhost", "later", id="trace-waits")
    found = steps(suite, "trace-waits", "stored")
    assert ("stored", f"{name}@localhost") in found
    assert not any(step == "offered" for step, _ in found)

    juliet = people.login(name)
    juliet.comes_online()
    juliet.receives("later")
    assert ("offered", juliet.jid) in steps(suite, "trace-waits", "offered")


def test_a_message_that_came_back(suite, people):
    romeo = people.online("romeo")
    romeo.send("nobody-at-all@localhost", "hello?", id="trace-back")
    romeo.receives_error("service-unavailable")

    assert ("returned", "service-unavailable") in steps(suite, "trace-back",
                                                        "returned")


def test_two_senders_of_the_same_id_are_told_apart(suite, people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    nurse = people.online("nurse")
    for sender in (romeo, juliet):
        sender.send(nurse.jid, "hark", id="trace-same")
        nurse.receives("hark")

    own = trace(suite, "trace-same", "--from", juliet.bare)
    assert [s["with"] for s in own if s["step"] == "accepted"] == [juliet.jid]
    everybodys = trace(suite, "trace-same")
    assert len(everybodys) > len(own)


def test_of_what_nobody_knows_nothing_is_told(suite):
    result = suite.ctl("trace", "no-such-id", check=False)

    assert result.returncode == 1 and "nobody remembers" in result.stderr


def test_no_body_is_told(suite, people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    romeo.send(juliet.jid, "a secret", id="trace-secret")
    juliet.receives("a secret")
    steps(suite, "trace-secret", "offered")

    assert "a secret" not in suite.ctl("trace", "trace-secret").stdout
