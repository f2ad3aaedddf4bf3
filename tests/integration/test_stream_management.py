"""Acknowledgements and resumption (XEP-0198)."""
import pytest

from suite import PASSWORD
from xmpp import CLIENT, SM, is_message

ENABLE = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
REQUEST = "<r xmlns='urn:xmpp:sm:3'/>"


def enable(client):
    """Turns acknowledgements on; returns the id to resume with."""
    client.send_raw(ENABLE)
    enabled = client.waits_for(lambda e: e.tag == SM + "enabled")
    assert enabled.get("resume") in ("true", "1")
    return enabled.get("id")


def acknowledged(client, count):
    """Waits until the server has acknowledged so many of our stanzas."""
    client.send_raw(REQUEST)
    return client.waits_for(lambda e: e.tag == SM + "a"
                            and int(e.get("h")) >= count)


def resume(people, old, id, h, domain=None):
    name = old.bare.split("@")[0]
    client = people.connect().secure().plain(name, PASSWORD)
    client.open()
    client.jid = old.jid
    client.send_raw(f"<resume xmlns='urn:xmpp:sm:3' h='{h}' previd='{id}'/>")
    return client


def test_the_server_acknowledges_what_it_has(people):
    romeo, juliet = people.login(people.account()), people.online("juliet")
    enable(romeo)

    for i in range(5):
        romeo.send(juliet.jid, f"counted {i}")

    answer = acknowledged(romeo, 5)
    assert answer.get("h") == "5"
    juliet.receives("counted 4")


def test_the_server_asks_for_acknowledgements(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    enable(juliet)

    for i in range(30):
        romeo.send(juliet.jid, f"{i}")

    juliet.waits_for(lambda e: e.tag == SM + "r")


@pytest.mark.parametrize("processes", [1, 2])
def test_a_broken_connection_is_resumed_without_a_loss(own_suite, crowd_of,
                                                       processes):
    people = crowd_of(own_suite(c2s=processes, sm=processes))
    romeo, juliet = people.online("romeo"), people.online("juliet")
    id = enable(juliet)
    romeo.send(juliet.jid, "before")
    juliet.receives("before")
    juliet.sock.close()
    for i in range(5):
        romeo.send(juliet.jid, f"between {i}")

    again = resume(people, juliet, id, 1)
    resumed = again.waits_for(lambda e: e.tag in (SM + "resumed",
                                                  SM + "failed"))

    assert resumed.tag == SM + "resumed"
    assert resumed.get("previd") == id
    for i in range(5):
        message = again.waits_for(is_message)
        assert message.findtext(CLIENT + "body") == f"between {i}"
    romeo.send(juliet.jid, "after")
    again.receives("after")


def test_friends_do_not_see_a_connection_break_that_is_resumed(people):
    romeo, juliet = people.friends()
    id = enable(juliet)
    juliet.sock.close()

    again = resume(people, juliet, id, 0)
    again.waits_for(lambda e: e.tag == SM + "resumed")

    romeo.hears_nothing_of(lambda e: e.get("type") == "unavailable")


def test_an_unknown_session_is_not_resumed_but_one_may_bind(people):
    romeo = people.login(people.account())
    other = resume(people, romeo, "made-up", 0)

    failed = other.waits_for(lambda e: e.tag == SM + "failed")
    assert failed[0].tag.endswith("item-not-found")
    other.iq("set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")


def test_nobody_resumes_the_session_of_another(people):
    juliet = people.online("juliet")
    id = enable(juliet)
    juliet.sock.close()
    romeo = people.online("romeo")

    thief = resume(people, romeo, id, 0)

    assert thief.waits_for(lambda e: e.tag in (SM + "failed", SM + "resumed")
                           ).tag == SM + "failed"


def test_what_was_not_acknowledged_is_kept_when_the_session_ends(own_suite,
                                                                 crowd_of):
    people = crowd_of(own_suite(settings={"sm.resume-timeout": 1}))
    romeo, juliet = people.online("romeo"), people.online("juliet")
    enable(juliet)
    juliet.sock.close()
    romeo.send(juliet.bare, "do not lose me")
    romeo.hears_nothing_of(lambda e: False)

    again = people.login(juliet.bare.split("@")[0])
    again.presence()

    again.receives("do not lose me", timeout=15)


def test_more_acknowledged_than_sent_ends_the_stream(people):
    client = people.online()
    enable(client)

    client.send_raw("<a xmlns='urn:xmpp:sm:3' h='1000'/>")

    client.ends_with("undefined-condition", "policy-violation")


def test_resuming_with_more_than_was_sent_ends_the_stream(people):
    juliet = people.online("juliet")
    id = enable(juliet)

    again = resume(people, juliet, id, 1000)

    again.ends_with("undefined-condition")


def test_enabling_twice_ends_the_stream(people):
    client = people.online()
    enable(client)

    client.send_raw(ENABLE)

    client.ends_with("policy-violation")


def test_enabling_before_binding_fails(people):
    client = people.connect().secure().plain(people.account(), PASSWORD)
    client.open()

    client.send_raw(ENABLE)

    assert client.next().tag == SM + "failed"
