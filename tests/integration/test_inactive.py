"""A client that nobody looks at (XEP-0352)."""
import asyncio
import os
import signal

import pytest

from suite import PASSWORD
from test_clients import Person, conversation
from test_stream_management import enable, resume
from xmpp import CLIENT, SM

INACTIVE = "<inactive xmlns='urn:xmpp:csi:0'/>"
ACTIVE = "<active xmlns='urn:xmpp:csi:0'/>"
TYPING = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"


def show(client):
    return client.findtext(CLIENT + "show")


def goes_inactive(client):
    client.iq("get", "<ping xmlns='urn:xmpp:ping'/>")  # nothing is under way
    client.send_raw(INACTIVE)


def hears_nothing(client, seconds=1):
    """Without a word of its own, which would let all out."""
    with pytest.raises(TimeoutError):
        while client.next(timeout=seconds).tag.startswith(SM):
            pass


def is_away(element):
    return element.tag == CLIENT + "presence" and show(element) == "away"


@pytest.fixture
def lovers(people):
    romeo, juliet = people.friends()
    goes_inactive(juliet)
    return romeo, juliet


def test_what_hardly_matters_waits_until_she_looks(lovers):
    romeo, juliet = lovers

    romeo.presence(inside="<show>away</show>")
    romeo.send_raw(f"<message to='{juliet.jid}' type='chat'>{TYPING}</message>")
    hears_nothing(juliet)
    juliet.send_raw(ACTIVE)

    assert is_away(juliet.next())
    assert juliet.next()[0].tag.endswith("composing")


def test_a_message_brings_along_what_waited_in_its_order(lovers):
    romeo, juliet = lovers

    romeo.presence(inside="<show>away</show>")
    hears_nothing(juliet)
    romeo.send(juliet.jid, "look here")

    assert is_away(juliet.next())
    juliet.receives("look here")


def test_a_sender_is_acknowledged_what_waits(lovers):
    """He does not wait until she looks: c2sd and sm hold it."""
    romeo, juliet = lovers
    enable(romeo)

    romeo.send_raw(f"<message to='{juliet.jid}' type='chat'>{TYPING}</message>"
                   "<r xmlns='urn:xmpp:sm:3'/>")

    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "1")
    hears_nothing(juliet)


def test_what_waits_survives_a_broken_connection(people):
    romeo, juliet = people.friends()
    id = enable(juliet)
    goes_inactive(juliet)
    had = 1  # the ping's answer
    romeo.presence(inside="<show>away</show>")
    hears_nothing(juliet)
    juliet.sock.close()

    again = resume(people, juliet, id, had)

    again.waits_for(lambda e: e.tag == SM + "resumed")
    again.waits_for(is_away)
    romeo.presence(inside="<show>xa</show>")  # a resumed stream is active
    again.waits_for(lambda e: show(e) == "xa")


@pytest.mark.parametrize("daemon", ["sm", "c2sd"])
def test_what_waits_survives_the_death_of(own_suite, crowd_of, daemon):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends()
    id = enable(juliet)
    goes_inactive(juliet)
    romeo.presence(inside="<show>away</show>")
    hears_nothing(juliet)

    os.kill(suite.pids(daemon)[0], signal.SIGKILL)
    if daemon == "c2sd":
        juliet.is_closed()
        juliet = resume(people, juliet, id, 1)
    else:
        juliet.send_raw(ACTIVE)

    juliet.waits_for(is_away)


def test_what_waits_is_bounded(own_suite, crowd_of):
    people = crowd_of(own_suite(settings={"c2sd.inactive-buffer": 2000}))
    romeo, juliet = people.friends()
    goes_inactive(juliet)

    for i in range(20):
        romeo.presence(inside=f"<status>{'x' * 150}{i}</status>")

    juliet.next()


def test_before_binding_a_client_has_no_state(people):
    client = people.connect().secure()
    client.plain(people.account(), PASSWORD)

    client.open()
    assert client.features.find("{urn:xmpp:csi:0}csi") is not None
    client.send_raw(INACTIVE)

    client.ends_with("not-authorized")


def test_slixmpp_goes_inactive_and_active(suite, people):
    async def scene():
        romeo = await Person(suite, people.account("romeo")).comes_online()
        juliet = Person(suite, people.account("juliet"))
        juliet.register_plugin("xep_0085")
        juliet.register_plugin("xep_0352")
        typing, offered = asyncio.Event(), asyncio.Event()
        juliet.add_event_handler("csi_enabled", lambda e: offered.set())
        await juliet.comes_online()
        await asyncio.wait_for(offered.wait(), 10)
        juliet.add_event_handler("chatstate_composing",
                                 lambda m: typing.set())
        romeo.register_plugin("xep_0085")
        juliet["xep_0352"].send_inactive()
        await juliet["xep_0199"].ping(juliet.boundjid.host)
        await asyncio.sleep(0.5)  # what she says lets out what waits
        state = romeo.make_message(mto=juliet.boundjid.full, mtype="chat")
        state["chat_state"] = "composing"
        state.send()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(typing.wait(), 1)
        juliet["xep_0352"].send_active()
        await asyncio.wait_for(typing.wait(), 10)

        await romeo.leaves()
        await juliet.leaves()

    conversation(scene())
