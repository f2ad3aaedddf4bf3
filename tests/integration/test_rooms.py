"""Rooms (XEP-0045) as clients meet them."""
import itertools
import time

import pytest

from xmpp import CLIENT, DELAY, error_of, is_message

SERVICE = "conference.localhost"
MUC = "http://jabber.org/protocol/muc"
USER = f"{{{MUC}#user}}"
ADMIN = f"{MUC}#admin"
OWNER = f"{MUC}#owner"
DATA = "{jabber:x:data}"

_rooms = itertools.count(1)


@pytest.fixture
def room():
    """The address of a room that no other test has."""
    return f"room{next(_rooms)}-{time.monotonic_ns()}@{SERVICE}"


def join_stanza(room, nick, inside="", x=True):
    x = f"<x xmlns='{MUC}'>{inside}</x>" if x else ""
    return f"<presence to='{room}/{nick}'>{x}</presence>"


def codes(stanza):
    return {int(s.get("code")) for s in stanza.iter(USER + "status")}


def item(stanza):
    return stanza.find(f"{USER}x/{USER}item")


def own_presence(client, room, nick):
    return client.waits_for(
        lambda e: e.tag == CLIENT + "presence"
        and (e.get("type") == "error" or 110 in codes(e))
        and e.get("from") == f"{room}/{nick}")


def subject_of(client, room):
    return client.waits_for(
        lambda e: is_message(e) and e.find(CLIENT + "subject") is not None
        and e.find(CLIENT + "body") is None
        and e.get("from").split("/")[0] == room)


def enters(client, room, nick, inside="", x=True):
    """Joins; returns the self-presence."""
    client.stanza(join_stanza(room, nick, inside, x))
    own = own_presence(client, room, nick)
    assert own.get("type") is None, error_of(own)
    subject_of(client, room)
    return own


def is_refused(client, room, nick, inside=""):
    client.stanza(join_stanza(room, nick, inside))
    error = client.waits_for(lambda e: e.tag == CLIENT + "presence"
                             and e.get("type") == "error")
    return error_of(error)


def creates(client, room, nick="owner", **fields):
    """A room of his own, unlocked, with these fields of its configuration."""
    own = enters(client, room, nick)
    configures(client, room, **fields)
    return own


def configures(client, room, **fields):
    inside = "".join(
        f"<field var='muc#roomconfig_{name}'>"
        + "".join(f"<value>{v}</value>"
                  for v in (value if isinstance(value, list) else [value]))
        + "</field>" for name, value in fields.items())
    client.set(f"<query xmlns='{OWNER}'><x xmlns='jabber:x:data' "
               f"type='submit'>{inside}</x></query>", to=room)


def changes(client, room, attributes, reason=""):
    """Sends one <item/> of muc#admin; returns the answer."""
    inside = f"<reason>{reason}</reason>" if reason else ""
    return client.iq("set", f"<query xmlns='{ADMIN}'><item {attributes}>"
                            f"{inside}</item></query>", to=room)


def says(client, room, body, **options):
    return client.send(room, body, kind="groupchat", **options)


# --- entering and leaving ------------------------------------------------------

def test_the_server_lists_the_service(people):
    romeo = people.online("romeo")

    items = romeo.get("<query xmlns='http://jabber.org/protocol/disco#items'/>",
                      to="localhost")
    info = romeo.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                     to=SERVICE)

    assert SERVICE in [i.get("jid") for i in items]
    assert MUC in [f.get("var") for f in info]
    assert info[0].get("category") == "conference"


def test_who_creates_a_room_owns_it(people, room):
    romeo = people.online("romeo")

    own = creates(romeo, room, "romeo")

    assert {110, 201} <= codes(own)
    assert item(own).get("affiliation") == "owner"
    assert item(own).get("role") == "moderator"


def test_two_people_talk_in_a_room(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")

    enters(juliet, room, "juliet")
    romeo.receives_presence(f"{room}/juliet")
    id = says(juliet, room, "Good evening")

    heard = romeo.receives("Good evening", f"{room}/juliet")
    echo = juliet.receives("Good evening", f"{room}/juliet")
    assert heard.get("type") == "groupchat"
    assert heard.get("id") == echo.get("id") == id
    assert heard.find("{urn:xmpp:sid:0}stanza-id").get("by") == room
    assert heard.find("{urn:xmpp:occupant-id:0}occupant-id") is not None


def test_the_newcomer_sees_everybody_before_himself(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")

    juliet.stanza(join_stanza(room, "juliet"))
    first = juliet.waits_for(lambda e: e.tag == CLIENT + "presence"
                             and e.get("from", "").startswith(room))
    second = juliet.waits_for(lambda e: e.tag == CLIENT + "presence"
                              and e.get("from", "").startswith(room))

    assert first.get("from") == f"{room}/romeo"
    assert second.get("from") == f"{room}/juliet"
    assert 110 in codes(second)


def test_a_locked_room_lets_nobody_else_in(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    enters(romeo, room, "romeo")

    assert is_refused(juliet, room, "juliet") == "item-not-found"


def test_groupchat_1_0_enters_without_a_form(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    enters(romeo, room, "romeo", x=False)
    enters(juliet, room, "juliet", x=False)

    romeo.receives_presence(f"{room}/juliet")


def test_leaving_is_told_to_all(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    juliet.presence("unavailable", to=f"{room}/juliet",
                    inside="<status>Adieu</status>")

    gone = romeo.receives_presence(f"{room}/juliet", "unavailable")
    assert item(gone).get("role") == "none"
    assert gone.findtext(CLIENT + "status") == "Adieu"
    own = juliet.receives_presence(f"{room}/juliet", "unavailable")
    assert 110 in codes(own)


def test_who_disconnects_leaves(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    juliet.leaves()

    romeo.receives_presence(f"{room}/juliet", "unavailable")


def test_a_temporary_room_ends_with_its_last_occupant(people, room):
    romeo = people.online("romeo")
    creates(romeo, room, "romeo")

    romeo.presence("unavailable", to=f"{room}/romeo")
    romeo.receives_presence(f"{room}/romeo", "unavailable")

    answer = romeo.iq("get", "<query xmlns='http://jabber.org/protocol/"
                             "disco#info'/>", to=room)
    assert error_of(answer) == "item-not-found"


@pytest.mark.parametrize("nick", ["juliet", "JULIET", "J uliet", "ＪＵＬＩＥＴ"])
def test_a_nickname_belongs_to_one_user(people, room, nick):
    juliet, romeo = people.online("juliet"), people.online("romeo")
    creates(juliet, room, "juliet")

    assert is_refused(romeo, room, nick) == "conflict"


def test_a_second_resource_shares_the_nickname(people, room):
    juliet = people.online("juliet", "balcony")
    romeo = people.online("romeo")
    creates(juliet, room, "juliet")
    other = people.again(juliet, "garden")

    enters(other, room, "juliet")
    enters(romeo, room, "romeo")
    says(romeo, room, "hello both")

    juliet.receives("hello both")
    other.receives("hello both")


def test_a_new_nickname_is_told_with_the_old_one(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    juliet.presence(to=f"{room}/julia")

    gone = romeo.receives_presence(f"{room}/juliet", "unavailable")
    assert 303 in codes(gone) and item(gone).get("nick") == "julia"
    romeo.receives_presence(f"{room}/julia")
    assert 110 in codes(own_presence(juliet, room, "julia"))


def test_a_taken_nickname_cannot_be_changed_to(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    juliet.presence(to=f"{room}/Romeo")

    juliet.receives_error("conflict", "presence")


# --- what is said ---------------------------------------------------------------

def test_what_was_said_before_is_read_on_entering(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    for i in range(3):
        says(romeo, room, f"line {i}")
        romeo.receives(f"line {i}")

    juliet.stanza(join_stanza(room, "juliet"))
    lines = [juliet.waits_for(is_message) for _ in range(4)]

    assert [m.findtext(CLIENT + "body") for m in lines[:3]] == \
        ["line 0", "line 1", "line 2"]
    assert all(m.find(DELAY + "delay").get("from") == room for m in lines[:3])
    assert lines[3].find(CLIENT + "subject") is not None


@pytest.mark.parametrize("bound, expected", [
    ("maxstanzas='1'", ["line 2"]), ("maxchars='0'", []),
    ("maxstanzas='0'", []), ("seconds='3600'", ["line 0", "line 1", "line 2"]),
    ("since='2999-01-01T00:00:00Z'", []), ("maxstanzas='-3'", None),
    ("seconds='99999999999999999999'", None)])
def test_history_is_bounded_as_the_client_asks(people, room, bound, expected):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    for i in range(3):
        says(romeo, room, f"line {i}")
        romeo.receives(f"line {i}")

    juliet.stanza(join_stanza(room, "juliet", f"<history {bound}/>"))
    bodies = []
    while True:
        message = juliet.waits_for(is_message)
        if message.find(CLIENT + "body") is None:
            break
        bodies.append(message.findtext(CLIENT + "body"))

    if expected is not None:
        assert bodies == expected


def test_the_subject_is_told_to_who_enters(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")

    romeo.stanza(f"<message to='{room}' type='groupchat'>"
                 "<subject>Balconies</subject></message>")
    subject_of(romeo, room)
    juliet.stanza(join_stanza(room, "juliet"))

    assert subject_of(juliet, room).findtext(CLIENT + "subject") == "Balconies"


def test_only_moderators_change_the_subject_by_default(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    juliet.stanza(f"<message to='{room}' type='groupchat'>"
                  "<subject>Daggers</subject></message>")

    juliet.receives_error("forbidden")


def test_strangers_do_not_speak(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")

    says(juliet, room, "let me in")

    juliet.receives_error("not-acceptable")


def test_a_private_message_reaches_one(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    nurse = people.online("nurse")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")
    enters(nurse, room, "nurse")

    juliet.send(f"{room}/romeo", "come closer")

    heard = romeo.receives("come closer", f"{room}/juliet")
    assert heard.get("type") == "chat"
    assert heard.find(USER + "x") is not None
    nurse.hears_nothing_of(lambda e: e.findtext(CLIENT + "body")
                           == "come closer")


@pytest.mark.parametrize("target, kind, condition", [
    ("nobody", "chat", "item-not-found"), ("romeo", "groupchat", "bad-request")])
def test_a_wrong_private_message_comes_back(people, room, target, kind,
                                            condition):
    romeo = people.online("romeo")
    creates(romeo, room, "romeo")

    romeo.send(f"{room}/{target}", "psst", kind=kind)

    romeo.receives_error(condition)


def test_nobody_speaks_in_the_rooms_name(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    says(juliet, room, "forged", inside=(
        f"<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='{room}'/>"
        "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='romeo'/>"
        f"<x xmlns='{MUC}#user'><status code='100'/></x>"))

    heard = romeo.receives("forged")
    assert len(heard.findall("{urn:xmpp:sid:0}stanza-id")) == 1
    assert heard.find("{urn:xmpp:sid:0}stanza-id").get("id") != "1"
    assert len(heard.findall("{urn:xmpp:occupant-id:0}occupant-id")) == 1
    assert heard.find(USER + "x") is None


def test_self_ping_tells_who_is_in(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    ping = "<ping xmlns='urn:xmpp:ping'/>"

    assert romeo.iq("get", ping, to=f"{room}/romeo").get("type") == "result"
    answer = juliet.iq("get", ping, to=f"{room}/romeo")

    assert error_of(answer) == "not-acceptable"
