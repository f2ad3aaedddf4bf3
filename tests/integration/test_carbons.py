"""Message Carbons (XEP-0280): two devices of one person see the same."""
import os
import signal
import time

import pytest

from xmpp import CLIENT, is_message

CARBONS = "{urn:xmpp:carbons:2}"
FORWARDED = "{urn:xmpp:forward:0}forwarded"
ENABLE = "<enable xmlns='urn:xmpp:carbons:2'/>"
DISABLE = "<disable xmlns='urn:xmpp:carbons:2'/>"


def devices(people, name="juliet"):
    """Two resources of one account; the first one has the higher priority."""
    account = people.account(name)
    phone = people.login(account, "phone").comes_online(5)
    desk = people.login(account, "desk").comes_online(0)
    return phone, desk


def copy_of(device, direction, body):
    """The next message, which has to be a copy."""
    message = device.waits_for(is_message)
    wrapped = message.find(f"{CARBONS}{direction}/{FORWARDED}/{CLIENT}message")
    assert wrapped is not None, message
    assert message.get("from") == device.bare
    assert message.get("to") == device.jid
    assert wrapped.findtext(CLIENT + "body") == body
    return message, wrapped


def test_the_server_tells_of_carbons(people):
    client = people.online()
    answer = client.get(
        "<query xmlns='http://jabber.org/protocol/disco#info'/>", "localhost")

    assert {"urn:xmpp:carbons:2", "urn:xmpp:carbons:rules:0"} <= {
        e.get("var") for e in answer.iter()}


def test_what_one_device_gets_the_other_sees(people):
    phone, desk = devices(people)
    romeo = people.online("romeo")
    desk.set(ENABLE)

    romeo.send(phone.jid, "to the phone")
    romeo.send(phone.bare, "to whom it reaches")

    phone.receives("to the phone")
    phone.receives("to whom it reaches")
    message, wrapped = copy_of(desk, "received", "to the phone")
    assert message.get("type") == "chat"
    assert wrapped.get("from") == romeo.jid
    assert wrapped.get("to") == phone.jid
    copy_of(desk, "received", "to whom it reaches")


def test_what_one_device_sends_the_other_sees(people):
    phone, desk = devices(people)
    romeo = people.online("romeo")
    desk.set(ENABLE)

    phone.send(romeo.jid, "from the phone")

    romeo.receives("from the phone")
    _, wrapped = copy_of(desk, "sent", "from the phone")
    assert wrapped.get("from") == phone.jid
    assert wrapped.get("to") == romeo.jid


@pytest.mark.parametrize("inside", [
    "<private xmlns='urn:xmpp:carbons:2'/>",
    "<no-copy xmlns='urn:xmpp:hints'/>"])
def test_private_messages_are_not_copied(people, inside):
    phone, desk = devices(people)
    romeo = people.online("romeo")
    desk.set(ENABLE)

    romeo.send(phone.jid, "for the phone alone", inside=inside)
    phone.send(romeo.jid, "from the phone alone", inside=inside)
    romeo.send(desk.jid, "the end")

    assert desk.waits_for(is_message).findtext(CLIENT + "body") == "the end"


def test_who_did_not_ask_or_asks_no_more_gets_no_copies(people):
    phone, desk = devices(people)
    romeo = people.online("romeo")

    romeo.send(phone.jid, "before")
    desk.set(ENABLE)
    desk.set(DISABLE)
    romeo.send(phone.jid, "after")
    romeo.send(desk.jid, "the end")

    assert desk.waits_for(is_message).findtext(CLIENT + "body") == "the end"


def test_what_comes_to_all_comes_once(people):
    account = people.account("juliet")
    one = people.login(account, "one").comes_online(1)
    two = people.login(account, "two").comes_online(1)
    romeo = people.online("romeo")
    one.set(ENABLE)
    two.set(ENABLE)

    for sender, body in ((romeo, "for both"), (one, "to myself"),
                         (romeo, "the end")):
        sender.send(one.bare, body)
        for device in (one, two):
            message = device.waits_for(is_message)
            assert message.findtext(CLIENT + "body") == body


ROOM_X = "<x xmlns='http://jabber.org/protocol/muc#user'>{}</x>"
BODY = "<body>b</body>"
RECEIPT = "<received xmlns='urn:xmpp:receipts' id='1'/>"
TYPING = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
MARKER = "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>"
PRIVATE = "<private xmlns='urn:xmpp:carbons:2'/>"
DIRECT = "<x xmlns='jabber:x:conference' jid='hall@else.example'/>"
REFUSED = ("<error type='cancel'><item-not-found "
           "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>")

# Type, inside, whether it is copied when received, and when sent (§6.1).
RULES = [
    ("chat", BODY, True, True),
    ("chat", "<x xmlns='urn:example'/>", True, True),
    ("normal", BODY, True, True),
    ("normal", "<x xmlns='urn:example'/>", False, False),
    ("normal", RECEIPT, True, True),
    ("normal", TYPING, True, True),
    ("normal", MARKER, True, True),
    ("headline", BODY, False, False),
    ("headline", RECEIPT, True, True),
    ("groupchat", BODY, False, False),
    ("normal", DIRECT, True, True),
    ("normal", ROOM_X.format("<invite from='nurse@localhost'/>"), True, True),
    ("chat", BODY + ROOM_X.format(""), False, True),
    ("chat", BODY + PRIVATE, False, False),
    ("error", BODY + REFUSED, True, True),
    ("error", REFUSED, True, True),
    ("error", TYPING + REFUSED, True, True),
    ("error", "<x xmlns='urn:example'/>" + REFUSED, False, False),
    ("error", BODY + PRIVATE + REFUSED, False, False),
]


@pytest.mark.parametrize("kind, inside, received, sent", RULES)
def test_the_rules_that_are_advertised(people, kind, inside, received, sent):
    phone, desk = devices(people)
    romeo = people.online("romeo")
    desk.set(ENABLE)

    def copied(speaker, to, direction):
        speaker.stanza(f"<message type='{kind}' to='{to}'>{inside}</message>")
        speaker.stanza(f"<message type='chat' to='{desk.jid}' id='end'>"
                       "<body>the end</body></message>")
        first = desk.waits_for(is_message)
        if first.get("id") != "end":
            assert first.find(CARBONS + direction) is not None
            desk.waits_for(lambda e: e.get("id") == "end")
        return first.get("id") != "end"

    assert copied(romeo, phone.jid, "received") == received
    assert copied(phone, romeo.jid, "sent") == sent


def test_who_is_not_there_is_told_on_all_devices(people):
    phone, desk = devices(people)
    desk.set(ENABLE)

    phone.send("nobody-at-all@localhost", "hello?", id="h1")
    phone.receives_error("service-unavailable")

    copy_of(desk, "sent", "hello?")
    message, wrapped = copy_of(desk, "received", None)
    assert message.get("type") == wrapped.get("type") == "error"
    assert wrapped.get("id") == "h1"


def test_an_error_for_one_who_has_left_comes_to_the_others(people):
    phone, desk = devices(people)
    romeo = people.online("romeo")
    desk.set(ENABLE)
    gone = phone.jid
    phone.leaves()
    desk.receives_presence(gone, "unavailable")

    romeo.stanza(f"<message type='error' to='{gone}'>{BODY}{REFUSED}</message>")

    copy_of(desk, "received", "b")


def test_a_copy_that_bounces_goes_no_further(people):
    phone, desk = devices(people)
    third = people.again(phone, "third")
    romeo = people.online("romeo")
    desk.set(ENABLE)
    third.set(ENABLE)

    romeo.send(phone.jid, "to the phone")
    for device in (desk, third):
        copy_of(device, "received", "to the phone")
    desk.stanza(f"<message type='error' to='{desk.bare}'>{REFUSED}</message>")
    desk.stanza(f"<message type='error' to='{phone.jid}'>{REFUSED}</message>")
    phone.waits_for(lambda e: e.get("type") == "error")

    phone.receives("to the phone")
    for client in (romeo, third):
        client.hears_nothing_of(is_message)


def test_carbons_outlive_the_session_manager(own_suite, crowd_of):
    people = crowd_of(own_suite())
    phone, desk = devices(people)
    romeo = people.online("romeo")
    desk.set(ENABLE)

    os.kill(people.suite.pids("sm")[0], signal.SIGKILL)
    time.sleep(0.2)
    romeo.send(phone.jid, "once more")

    phone.receives("once more")
    copy_of(desk, "received", "once more")


def test_a_copy_is_not_kept_for_who_has_left(people):
    phone, desk = devices(people)
    romeo = people.online("romeo")
    desk.set(ENABLE)

    desk.leaves()
    romeo.send(phone.jid, "to the phone")
    phone.receives("to the phone")
    phone.leaves()

    again = people.login(phone.bare.split("@")[0], "third").comes_online()
    again.hears_nothing_of(is_message)
