"""A room here, and people of Debian's Prosody and ejabberd in it: every use case
that crosses the border, and what is left when their server is gone."""
import os
import signal
import time

import pytest

from conftest import People
from test_federation_peers import log_in, world
from test_rooms import (MUC, USER, archive, changes, codes, configures, creates,
                        enters, is_refused, item, join_stanza, register, room,
                        says, subject_of)
from xmpp import CLIENT, error_of, is_message

SERVICE = "conference.verona.example"

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]


@pytest.fixture(scope="module", params=["prosody", "ejabberd"])
def both(request):
    with world(request.param, trusts=True) as (suite, peer):
        yield suite, peer


@pytest.fixture
def stage(both, room):
    """Romeo, who owns a room of ours, and Juliet, a guest of the other server in
    it."""
    suite, peer = both
    crowd = People(suite)
    hall = room.replace("conference.localhost", SERVICE)
    romeo, juliet = crowd.online("romeo"), log_in(peer)
    creates(romeo, hall, "romeo", persistentroom=1)
    enters(juliet, hall, "juliet")
    romeo.receives_presence(f"{hall}/juliet")
    yield romeo, juliet, hall
    crowd.close()
    juliet.close()


def goes(juliet, romeo, hall):
    juliet.presence("unavailable", to=f"{hall}/juliet")
    for who in (romeo, juliet):
        who.receives_presence(f"{hall}/juliet", "unavailable")


def test_they_talk_and_whisper(stage):
    romeo, juliet, hall = stage

    for i in range(30):
        says(romeo, hall, f"here {i}")
        says(juliet, hall, f"there {i}")
    for i in range(30):
        for who in (romeo, juliet):
            who.receives(f"here {i}", f"{hall}/romeo")
            who.receives(f"there {i}", f"{hall}/juliet")
    juliet.send(f"{hall}/romeo", "to you alone")
    romeo.receives("to you alone", f"{hall}/juliet")
    romeo.send(f"{hall}/juliet", "and to you")
    juliet.receives("and to you", f"{hall}/romeo")


def test_the_guest_reads_what_was_said(stage):
    romeo, juliet, hall = stage

    says(romeo, hall, "before")
    juliet.receives("before")
    goes(juliet, romeo, hall)
    juliet.stanza(join_stanza(hall, "juliet"))
    juliet.receives("before", f"{hall}/romeo")
    subject_of(juliet, hall)
    bodies, _ = archive(juliet, hall)
    assert bodies == ["before"]


def test_nicknames_and_availability(stage):
    romeo, juliet, hall = stage

    assert is_refused(juliet, hall, "ROMEO") == "conflict"
    juliet.presence(to=f"{hall}/rose")
    gone = romeo.receives_presence(f"{hall}/juliet", "unavailable")
    assert codes(gone) == {303} and item(gone).get("nick") == "rose"
    romeo.receives_presence(f"{hall}/rose")
    juliet.presence(to=f"{hall}/rose", inside="<show>away</show>")
    romeo.waits_for(lambda e: e.get("from") == f"{hall}/rose"
                    and e.findtext(CLIENT + "show") == "away")


def test_a_guest_moderates(stage):
    romeo, juliet, hall = stage

    changes(romeo, hall, "nick='juliet' role='moderator'")
    juliet.waits_for(lambda e: item(e) is not None and
                     item(e).get("role") == "moderator"
                     and e.get("from") == f"{hall}/juliet")
    juliet.send_raw(f"<message to='{hall}' type='groupchat'>"
                    "<subject>Of love</subject></message>")
    assert subject_of(romeo, hall).findtext(CLIENT + "subject") == "Of love"


def test_a_guest_is_kicked_comes_back_and_is_banned(stage):
    romeo, juliet, hall = stage

    changes(romeo, hall, "nick='juliet' role='none'", "hush")
    gone = juliet.receives_presence(f"{hall}/juliet", "unavailable")
    assert 307 in codes(gone)
    enters(juliet, hall, "juliet")
    changes(romeo, hall, f"jid='{juliet.domain}' affiliation='outcast'")
    gone = juliet.receives_presence(f"{hall}/juliet", "unavailable")
    assert 301 in codes(gone)
    assert is_refused(juliet, hall, "juliet") == "forbidden"
    changes(romeo, hall, f"jid='{juliet.bare}' affiliation='member'")
    enters(juliet, hall, "juliet")


def test_a_guest_is_invited_to_a_room_for_members(stage):
    romeo, juliet, hall = stage

    goes(juliet, romeo, hall)
    configures(romeo, hall, membersonly=1)
    assert is_refused(juliet, hall, "juliet") == "registration-required"
    romeo.stanza(f"<message to='{hall}'><x xmlns='{MUC}#user'>"
                 f"<invite to='{juliet.bare}'/></x></message>")
    juliet.waits_for(lambda e: is_message(e)
                     and e.find(f"{USER}x/{USER}invite") is not None)
    own = enters(juliet, hall, "juliet")
    assert item(own).get("affiliation") == "member"


def test_a_guest_registers_and_asks(stage):
    romeo, juliet, hall = stage

    juliet.set(register("Rose"), to=hall)
    assert is_refused(romeo, hall, "rose") == "conflict"
    romeo.stanza(f"<iq type='get' id='mine' to='{hall}/juliet'>"
                 "<query xmlns='jabber:iq:version'/></iq>")
    asked = juliet.waits_for(lambda e: e.tag == CLIENT + "iq"
                             and e.get("type") == "get"
                             and e.get("from") == f"{hall}/romeo")
    juliet.stanza(f"<iq type='result' id='{asked.get('id')}' "
                  f"to='{hall}/romeo'><query xmlns='jabber:iq:version'/></iq>")
    romeo.waits_for(lambda e: e.get("id") == "mine"
                    and e.get("from") == f"{hall}/juliet")
    ping = "<ping xmlns='urn:xmpp:ping'/>"
    assert juliet.iq("get", ping, to=f"{hall}/juliet").get("type") == "result"


def test_a_stranger_of_the_other_server_is_kept_out(stage):
    romeo, juliet, hall = stage

    goes(juliet, romeo, hall)
    says(juliet, hall, "may I?")
    error = juliet.waits_for(lambda e: is_message(e)
                             and e.get("type") == "error")
    assert error_of(error) == "not-acceptable"


def test_mucd_dies_under_a_guest(stage, both):
    romeo, juliet, hall = stage
    suite, _ = both

    time.sleep(0.5)  # mucd's word that it has her join is on its way
    suite.kill_one("mucd")
    says(juliet, hall, "are you there?")
    romeo.receives("are you there?", f"{hall}/juliet", timeout=20)
    says(romeo, hall, "I am")
    juliet.receives("I am", f"{hall}/romeo", timeout=20)


def is_ping(element):
    return (element.tag == CLIENT + "iq" and element.get("type") == "get"
            and element.find("{urn:xmpp:ping}ping") is not None)


def stays_until(client, wanted, seconds):
    """Answers the room's pings until this comes."""
    deadline = time.monotonic() + seconds
    while True:
        element = client.waits_for(lambda e: is_ping(e) or wanted(e),
                                   timeout=deadline - time.monotonic())
        if wanted(element):
            return element
        client.stanza(f"<iq type='result' id='{element.get('id')}' "
                      f"to='{element.get('from')}'/>")


@pytest.mark.parametrize("name", ["prosody", "ejabberd"])
def test_who_is_left_when_the_other_server_is_gone(name, room):
    hall = room.replace("conference.localhost", SERVICE)
    with world(name, trusts=True, **{"mucd.ping-after": 2,
                                     "mucd.ping-timeout": 3}) as (suite, peer):
        crowd = People(suite)
        romeo, juliet = crowd.online("romeo"), log_in(peer)
        creates(romeo, hall, "romeo", persistentroom=1)
        enters(juliet, hall, "juliet")

        os.killpg(peer.pid, signal.SIGKILL)
        gone = stays_until(
            romeo, lambda e: e.get("from") == f"{hall}/juliet"
            and e.get("type") == "unavailable", 60)

        assert 333 in codes(gone)
        says(romeo, hall, "alone")
        romeo.receives("alone", f"{hall}/romeo")
        juliet.close()
        crowd.close()
