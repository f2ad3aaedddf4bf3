"""Rooms (XEP-0045) as clients meet them."""
import base64
import hashlib
import itertools
import time

import pytest

from test_database import hanging_database
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


# --- roles and affiliations ---------------------------------------------------------

def test_a_kicked_occupant_is_out_and_told_why(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    changes(romeo, room, "nick='juliet' role='none'", "Too loud")

    own = juliet.receives_presence(f"{room}/juliet", "unavailable")
    assert {110, 307} <= codes(own)
    assert item(own).findtext(USER + "reason") == "Too loud"
    assert item(own).find(USER + "actor").get("nick") == "romeo"
    seen = romeo.receives_presence(f"{room}/juliet", "unavailable")
    assert 307 in codes(seen)


def test_a_banned_user_is_out_and_stays_out(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    changes(romeo, room, f"jid='{juliet.bare}' affiliation='outcast'")

    assert 301 in codes(juliet.receives_presence(f"{room}/juliet",
                                                 "unavailable"))
    assert is_refused(juliet, room, "juliet") == "forbidden"
    listed = romeo.get(f"<query xmlns='{ADMIN}'>"
                       "<item affiliation='outcast'/></query>", to=room)
    assert [i.get("jid") for i in listed] == [juliet.bare]


def test_voice_is_granted_on_request(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", moderatedroom=1)
    own = enters(juliet, room, "juliet")
    assert item(own).get("role") == "visitor"
    says(juliet, room, "may I?")
    juliet.receives_error("forbidden")

    juliet.stanza(f"<message to='{room}'><x xmlns='jabber:x:data' "
                  "type='submit'><field var='FORM_TYPE'><value>"
                  f"{MUC}#request</value></field><field var='muc#role'><value>"
                  "participant</value></field></x></message>")
    form = romeo.waits_for(lambda e: is_message(e)
                           and e.find(DATA + "x") is not None)
    fields = {f.get("var"): f.findtext(DATA + "value")
              for f in form.find(DATA + "x")}
    assert fields["muc#roomnick"] == "juliet"
    romeo.stanza(f"<message to='{room}'><x xmlns='jabber:x:data' "
                 "type='submit'><field var='FORM_TYPE'><value>"
                 f"{MUC}#request</value></field><field var='muc#roomnick'>"
                 "<value>juliet</value></field>"
                 "<field var='muc#request_allow'><value>true</value></field>"
                 "</x></message>")

    own = own_presence(juliet, room, "juliet")
    assert item(own).get("role") == "participant"
    says(juliet, room, "thank you")
    romeo.receives("thank you")


@pytest.mark.parametrize("who, wish, condition", [
    ("juliet", "nick='owner' role='none'", "forbidden"),
    ("juliet", "nick='owner' role='visitor'", "forbidden"),
    ("juliet", "jid='x@localhost' affiliation='member'", "forbidden"),
    ("juliet", "jid='x@localhost' affiliation='outcast'", "forbidden"),
    ("owner", "nick='nobody' role='none'", "item-not-found"),
    ("owner", "jid='@' affiliation='member'", "jid-malformed"),
    ("owner", "jid='x@localhost' affiliation='king'", "bad-request"),
    ("owner", "affiliation='member'", "bad-request")])
def test_what_is_not_allowed_is_refused(people, room, who, wish, condition):
    cast = {"owner": people.online("romeo"), "juliet": people.online("juliet")}
    creates(cast["owner"], room, "owner")
    enters(cast["juliet"], room, "juliet")

    assert error_of(changes(cast[who], room, wish)) == condition


def test_the_last_owner_stays(people, room):
    romeo = people.online("romeo")
    creates(romeo, room, "romeo")

    answer = changes(romeo, room, f"jid='{romeo.bare}' affiliation='none'")

    assert error_of(answer) == "conflict"


def test_an_administrator_cannot_ban_an_owner(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    changes(romeo, room, f"jid='{juliet.bare}' affiliation='admin'")
    enters(juliet, room, "juliet")

    answer = changes(juliet, room, f"jid='{romeo.bare}' affiliation='outcast'")

    assert error_of(answer) == "not-allowed"


def test_strangers_get_no_list(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")

    for wanted in ("affiliation='owner'", "affiliation='member'",
                   "affiliation='outcast'", "role='moderator'"):
        answer = juliet.iq("get", f"<query xmlns='{ADMIN}'><item {wanted}/>"
                                  "</query>", to=room)
        assert error_of(answer) == "forbidden"


# --- configuration -------------------------------------------------------------------

def test_the_form_has_every_standard_field(people, room):
    romeo = people.online("romeo")
    enters(romeo, room, "romeo")

    query = romeo.get(f"<query xmlns='{OWNER}'/>", to=room)

    fields = {f.get("var") for f in query.iter(DATA + "field")}
    for name in ("allowpm", "allowinvites", "changesubject", "enablelogging",
                 "getmemberlist", "lang", "pubsub", "maxusers", "membersonly",
                 "moderatedroom", "passwordprotectedroom", "persistentroom",
                 "presencebroadcast", "publicroom", "roomdesc", "roomname",
                 "roomsecret", "whois", "roomadmins", "roomowners"):
        assert f"muc#roomconfig_{name}" in fields
    assert "muc#maxhistoryfetch" in fields


@pytest.mark.parametrize("limit, shown", [(37, "37"), (20, "20"), (0, "none")])
def test_a_limit_is_one_of_a_list(people, room, limit, shown):
    """XEP-0045 has a list (muc#roomconfig); who needs another number may say it."""
    romeo = people.online("romeo")
    creates(romeo, room, "romeo", maxusers=limit)

    query = romeo.get(f"<query xmlns='{OWNER}'/>", to=room)

    field = query.find(f".//{DATA}field[@var='muc#roomconfig_maxusers']")
    assert field.get("type") == "list-single"
    assert field.findtext(DATA + "value") == shown
    options = [o.findtext(DATA + "value") for o in field.iter(DATA + "option")]
    assert shown in options and len(options) == len(set(options))


def test_a_form_may_name_administrators(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    creates(romeo, room, "romeo", roomadmins=[juliet.bare])

    assert item(enters(juliet, room, "juliet")).get("affiliation") == "admin"


def test_only_owners_configure(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")

    answer = juliet.iq("get", f"<query xmlns='{OWNER}'/>", to=room)

    assert error_of(answer) == "forbidden"


@pytest.mark.parametrize("fields", [
    {"whois": "nobody"}, {"membersonly": "perhaps"}, {"maxusers": "many"},
    {"passwordprotectedroom": 1}, {"roomname": "x" * 5000}])
def test_a_wrong_form_changes_nothing(people, room, fields):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")

    with pytest.raises(AssertionError, match="not-acceptable"):
        configures(romeo, room, **fields)

    enters(juliet, room, "juliet")


def test_a_password_is_asked_for(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", passwordprotectedroom=1, roomsecret="cauldron")

    assert is_refused(juliet, room, "juliet") == "not-authorized"
    assert is_refused(juliet, room, "juliet",
                      "<password>pot</password>") == "not-authorized"
    enters(juliet, room, "juliet", "<password>cauldron</password>")


def test_members_only(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    configures(romeo, room, membersonly=1)

    assert 322 in codes(juliet.receives_presence(f"{room}/juliet",
                                                 "unavailable"))
    assert is_refused(juliet, room, "juliet") == "registration-required"
    changes(romeo, room, f"jid='{juliet.bare}' affiliation='member'")
    enters(juliet, room, "juliet")


def test_a_full_room_lets_administrators_in(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", maxusers=1)

    assert is_refused(juliet, room, "juliet") == "service-unavailable"
    changes(romeo, room, f"jid='{juliet.bare}' affiliation='admin'")
    enters(juliet, room, "juliet")


def test_real_addresses_are_for_moderators_alone(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")

    enters(juliet, room, "juliet")
    seen = romeo.receives_presence(f"{room}/juliet")
    hidden = juliet.receives_presence(f"{room}/romeo")

    assert item(seen).get("jid") == juliet.jid
    assert item(hidden).get("jid") is None


def test_a_non_anonymous_room_warns(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", whois="anyone")

    own = enters(juliet, room, "juliet")

    assert 100 in codes(own)
    assert item(juliet.receives_presence(f"{room}/romeo")).get("jid") \
        == romeo.jid


def test_a_change_of_privacy_is_told(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    configures(romeo, room, whois="anyone")

    juliet.waits_for(lambda e: is_message(e) and 172 in codes(e))


def test_hidden_rooms_are_not_listed(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", publicroom=0)
    public = room.replace("room", "public")
    creates(romeo, public, "romeo", roomname="Everybody's")

    items = juliet.get("<query xmlns='http://jabber.org/protocol/"
                       "disco#items'/>", to=SERVICE)

    listed = {i.get("jid"): i.get("name") for i in items}
    assert listed[public] == "Everybody's"
    assert room not in listed


def test_a_destroyed_room_names_another(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", persistentroom=1)
    enters(juliet, room, "juliet")

    romeo.set(f"<query xmlns='{OWNER}'><destroy jid='other@{SERVICE}'>"
              "<reason>Macbeth doth come</reason></destroy></query>", to=room)

    gone = juliet.receives_presence(f"{room}/juliet", "unavailable")
    destroy = gone.find(f"{USER}x/{USER}destroy")
    assert destroy.get("jid") == f"other@{SERVICE}"
    assert destroy.findtext(USER + "reason") == "Macbeth doth come"


# --- invitations, registration ---------------------------------------------------------

def test_an_invitation_carries_the_password(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", passwordprotectedroom=1, roomsecret="cauldron")

    romeo.stanza(f"<message to='{room}'><x xmlns='{MUC}#user'>"
                 f"<invite to='{juliet.bare}'><reason>Come</reason></invite>"
                 "</x></message>")

    message = juliet.waits_for(lambda e: is_message(e)
                               and e.find(USER + "x") is not None)
    x = message.find(USER + "x")
    assert message.get("from") == room
    assert x.find(USER + "invite").findtext(USER + "reason") == "Come"
    assert x.findtext(USER + "password") == "cauldron"

    juliet.stanza(f"<message to='{room}'><x xmlns='{MUC}#user'>"
                  f"<decline to='{x.find(USER + 'invite').get('from')}'>"
                  "<reason>Too late</reason></decline></x></message>")
    declined = romeo.waits_for(lambda e: e.find(f"{USER}x/{USER}decline")
                               is not None)
    assert declined.find(f"{USER}x/{USER}decline").get("from") == juliet.bare


def test_who_is_invited_becomes_a_member(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", membersonly=1)

    romeo.stanza(f"<message to='{room}'><x xmlns='{MUC}#user'>"
                 f"<invite to='{juliet.bare}'/></x></message>")
    juliet.waits_for(lambda e: e.find(USER + "x") is not None)

    enters(juliet, room, "juliet")


def register(nick):
    return ("<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' "
            "type='submit'><field var='muc#register_roomnick'>"
            f"<value>{nick}</value></field></x></query>")


def test_a_registered_nickname_is_kept(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    nurse = people.online("nurse")
    creates(romeo, room, "romeo")

    juliet.set(register("Rose"), to=room)

    assert is_refused(nurse, room, "rose") == "conflict"
    assert error_of(nurse.iq("set", register("ROSE"), to=room)) == "conflict"
    assert item(enters(juliet, room, "Rose")).get("affiliation") == "member"
    info = juliet.get("<query xmlns='http://jabber.org/protocol/disco#info' "
                      "node='x-roomuser-item'/>", to=room)
    assert info[0].get("name") == "Rose"


# --- archive, moderation, card --------------------------------------------------------

MAM = "{urn:xmpp:mam:2}"
FORWARDED = "{urn:xmpp:forward:0}forwarded"


def archived(client, room, inside=""):
    """The messages of one page, and its <fin/>."""
    fin = client.set(f"<query xmlns='urn:xmpp:mam:2'>{inside}</query>", to=room)
    messages = []
    for kept in [e for e in client._kept if e.find(MAM + "result") is not None]:
        client._kept.remove(kept)
        messages.append(kept.find(f"{MAM}result/{FORWARDED}/{CLIENT}message"))
    return messages, fin


def archive(client, room, inside=""):
    """The bodies of one page, and its <fin/>."""
    messages, fin = archived(client, room, inside)
    return [m.findtext(CLIENT + "body") for m in messages], fin


def test_the_archive_comes_in_pages(people, room):
    romeo = people.online("romeo")
    creates(romeo, room, "romeo")
    for i in range(5):
        says(romeo, room, f"line {i}")
        romeo.receives(f"line {i}")

    rsm = "<set xmlns='http://jabber.org/protocol/rsm'>{}</set>"
    first, fin = archive(romeo, room, rsm.format("<max>2</max>"))
    last = fin.find("{http://jabber.org/protocol/rsm}set").findtext(
        "{http://jabber.org/protocol/rsm}last")
    second, _ = archive(romeo, room, rsm.format(
        f"<max>2</max><after>{last}</after>"))
    end, fin = archive(romeo, room, rsm.format("<max>2</max><before/>"))

    assert first == ["line 0", "line 1"]
    assert second == ["line 2", "line 3"]
    assert end == ["line 3", "line 4"]
    nothing, fin = archive(romeo, room, rsm.format("<max>0</max>"))
    assert nothing == []
    assert fin.find("{http://jabber.org/protocol/rsm}set").findtext(
        "{http://jabber.org/protocol/rsm}count") == "5"


def test_the_archive_of_members_is_for_members(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", membersonly=1)

    answer = juliet.iq("set", "<query xmlns='urn:xmpp:mam:2'/>", to=room)

    assert error_of(answer) == "forbidden"


def test_moderators_take_messages_back(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")
    says(juliet, room, "something vile")
    said = romeo.receives("something vile")
    id = said.find("{urn:xmpp:sid:0}stanza-id").get("id")
    wish = (f"<moderate xmlns='urn:xmpp:message-moderate:1' id='{id}'>"
            "<retract xmlns='urn:xmpp:message-retract:1'/>"
            "<reason>vile</reason></moderate>")

    assert error_of(juliet.iq("set", wish, to=room)) == "forbidden"
    romeo.set(wish, to=room)

    retract = juliet.waits_for(
        lambda e: e.find("{urn:xmpp:message-retract:1}retract") is not None)
    assert retract.find("{urn:xmpp:message-retract:1}retract").get("id") == id
    messages, _ = archived(juliet, room)
    assert "something vile" not in "".join(
        text for m in messages for text in m.itertext())
    tombs = [m for m in messages if m.find(
        "{urn:xmpp:message-retract:1}retracted") is not None]
    assert [t.get("id") for t in tombs] == [said.get("id")]
    author = "{urn:xmpp:occupant-id:0}occupant-id"
    assert tombs[0].get("from") == f"{room}/juliet"
    assert tombs[0].find(author).get("id") == said.find(author).get("id")
    by = tombs[0].find(f".//{{urn:xmpp:message-moderate:1}}moderated/{author}")
    assert by.get("id") != said.find(author).get("id")


def test_a_room_has_a_card(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    card = "<vCard xmlns='vcard-temp'><FN>The room</FN></vCard>"

    assert error_of(juliet.iq("set", card, to=room)) == "forbidden"
    romeo.set(card, to=room)

    shown = juliet.get("<vCard xmlns='vcard-temp'/>", to=room)
    assert shown.findtext("{vcard-temp}FN") == "The room"


def roominfo(client, room):
    """What disco#info tells of it: field to value."""
    query = client.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                       to=room)
    return {f.get("var"): f.findtext(DATA + "value")
            for f in query.iter(DATA + "field")}


def test_a_room_has_a_picture(own_suite, crowd_of, room):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", persistentroom="1")
    enters(juliet, room, "juliet")
    picture = b"<svg/>" * 40
    encoded = base64.encodebytes(picture).decode()
    card = ("<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/svg+xml</TYPE>"
            "<BINVAL>{}</BINVAL></PHOTO></vCard>")
    assert "muc#roominfo_avatarhash" not in roominfo(juliet, room)

    romeo.set(card.format(encoded), to=room)
    juliet.waits_for(lambda e: is_message(e) and 104 in codes(e))
    suite.kill_one("mucd")

    assert roominfo(juliet, room)["muc#roominfo_avatarhash"] == \
        hashlib.sha1(picture).hexdigest()
    romeo.set(card.format("no Base64!"), to=room)
    assert "muc#roominfo_avatarhash" not in roominfo(juliet, room)
    romeo.set("<vCard xmlns='vcard-temp'/>", to=room)
    assert "muc#roominfo_avatarhash" not in roominfo(juliet, room)


# --- what outlives a process -------------------------------------------------------------

def test_occupants_stay_when_mucd_is_killed(own_suite, crowd_of, room):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", moderatedroom=1)
    enters(juliet, room, "juliet")
    changes(romeo, room, "nick='juliet' role='participant'")
    says(romeo, room, "before")
    juliet.receives("before")
    time.sleep(0.5)  # mucd's word that it has her join is on its way

    suite.kill_one("mucd")
    says(juliet, room, "after")

    romeo.receives("after", f"{room}/juliet", timeout=20)
    juliet.receives("after", f"{room}/juliet")
    juliet.stanza(join_stanza(room, "juliet"))
    lines = [juliet.waits_for(is_message).findtext(CLIENT + "body")
             for _ in range(3)]
    assert lines == ["before", "after", None]
    romeo.hears_nothing_of(lambda e: e.get("type") == "unavailable")


def test_what_is_for_rooms_waits_for_mucd_and_not_for_ever(own_suite, crowd_of,
                                                           room):
    """A mucd that cannot read its rooms, for the database hangs."""
    suite = own_suite(settings={"sm.room-timeout": 2})
    people = crowd_of(suite)
    romeo = people.online("romeo")
    creates(romeo, room, "romeo", persistentroom=1)
    with hanging_database(suite):
        suite.kill_one("mucd")
        says(romeo, room, "is anybody there")
        error = romeo.waits_for(lambda e: is_message(e)
                                and e.get("type") == "error", timeout=15)
        assert error_of(error) == "remote-server-timeout"
        assert error.find(CLIENT + "error").get("type") == "wait"
        says(romeo, room, "is nobody there")
        error = romeo.waits_for(lambda e: is_message(e)
                                and e.get("type") == "error", timeout=1)
        assert error_of(error) == "remote-server-timeout"

    deadline = time.monotonic() + 20
    while romeo.iq("get", "<ping xmlns='urn:xmpp:ping'/>", to=f"{room}/romeo"
                   ).get("type") != "result" and time.monotonic() < deadline:
        time.sleep(0.2)
    says(romeo, room, "you are back")
    romeo.receives("you are back", f"{room}/romeo")
    bodies, _ = archive(romeo, room)
    assert bodies == ["you are back"]


@pytest.mark.parametrize("kind", ["sm", "c2sd", "routerd"])
def test_other_daemons_may_die(own_suite, crowd_of, room, kind):
    suite = own_suite(c2s=2)
    people = crowd_of(suite)
    romeo = people.online("romeo")
    creates(romeo, room, "romeo", persistentroom=1)
    says(romeo, room, "before")
    romeo.receives("before")

    suite.kill_one(kind)
    time.sleep(1)
    if kind == "c2sd":
        romeo = people.online("romeo")
        enters(romeo, room, "other")
    says(romeo, room, "after")

    romeo.receives("after", timeout=20)
    bodies, _ = archive(romeo, room)
    assert bodies == ["before", "after"]


def test_a_persistent_room_outlives_the_suite_s_mucd(own_suite, crowd_of, room):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", persistentroom=1, membersonly=1,
            roomname="The balcony")
    changes(romeo, room, f"jid='{juliet.bare}' affiliation='member'")
    romeo.presence("unavailable", to=f"{room}/romeo")
    romeo.receives_presence(f"{room}/romeo", "unavailable")

    time.sleep(0.5)  # answers go ahead of their commit, which takes moments

    suite.kill_one("mucd")

    assert item(enters(juliet, room, "juliet")).get("affiliation") == "member"
    info = juliet.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                      to=room)
    assert info[0].get("name") == "The balcony"


def test_creating_rooms_may_be_for_administrators(own_suite, crowd_of, room):
    people = crowd_of(own_suite(settings={"mucd.create": "admins"}))

    assert is_refused(people.online("romeo"), room, "romeo") == "not-allowed"


def test_a_user_owns_no_more_rooms_than_he_may(own_suite, crowd_of, room):
    people = crowd_of(own_suite(settings={"mucd.max-rooms-per-user": 1}))
    romeo = people.online("romeo")
    creates(romeo, room, "romeo")

    assert is_refused(romeo, "second" + room, "romeo") == "not-allowed"


def test_who_talks_too_fast_is_told(own_suite, crowd_of, room):
    people = crowd_of(own_suite(settings={"mucd.message-rate": 5}))
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")

    for i in range(30):
        says(juliet, room, f"flood {i}")

    juliet.receives_error("policy-violation")


def test_a_silent_ghost_is_pinged_out(own_suite, crowd_of, room):
    people = crowd_of(own_suite(settings={"mucd.ping-after": 1,
                                          "mucd.ping-timeout": 2}))
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")
    deadline = time.monotonic() + 15

    while time.monotonic() < deadline:
        ping = romeo.waits_for(lambda e: e.tag == CLIENT + "iq"
                               or e.get("type") == "unavailable")
        if ping.tag != CLIENT + "iq":
            break
        romeo.stanza(f"<iq type='result' to='{room}' id='{ping.get('id')}'/>")

    assert ping.get("from") == f"{room}/juliet"
    assert 333 in codes(ping)


def test_an_archive_page_behind_nothing_is_not_found(people, room):
    romeo = people.online("romeo")
    creates(romeo, room, "romeo")

    answer = romeo.iq("set", "<query xmlns='urn:xmpp:mam:2'><set xmlns="
                             "'http://jabber.org/protocol/rsm'><after>nowhere"
                             "</after></set></query>", to=room)

    assert error_of(answer) == "item-not-found"


def test_several_mucd_share_the_rooms(own_suite, crowd_of):
    suite = own_suite(muc=2, sm=2, components={"echo.localhost": "sesame"})
    people = crowd_of(suite)
    romeo, juliet = people.online("romeo"), people.online("juliet")
    rooms = [f"shared{i}@{SERVICE}" for i in range(6)]

    for shared in rooms:
        creates(romeo, shared, "romeo")
        enters(juliet, shared, "juliet")
        says(juliet, shared, f"hello {shared}")
        romeo.receives(f"hello {shared}")

    def listed():
        items = juliet.get("<query xmlns='http://jabber.org/protocol/"
                           "disco#items'/>", to=SERVICE)
        return {i.get("jid") for i in items}

    # The list comes from the database, and a room is answered for before it is
    # committed.
    deadline = time.monotonic() + 10
    while not set(rooms) <= listed() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert set(rooms) <= listed()


class Talker:
    """Says numbered lines in a room and remembers what it heard of whom."""

    def __init__(self, client, room, nick):
        self.client, self.room, self.nick = client, room, nick
        self.said = 0
        self.heard = {}

    def says_one(self):
        says(self.client, self.room, f"{self.nick} {self.said}")
        self.said += 1

    def _take(self, element):
        body = element.findtext(CLIENT + "body") or ""
        nick, _, number = body.partition(" ")
        if element.get("type") == "groupchat" and number.isdigit():
            self.heard.setdefault(nick, []).append(int(number))

    def listens(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self._take(self.client.next(deadline - time.monotonic()))
            except TimeoutError:
                return


@pytest.mark.parametrize("kinds", [("mucd",), ("mucd", "sm"), ("routerd",)],
                         ids=" ".join)
def test_nothing_said_in_a_room_is_lost_or_doubled(own_suite, crowd_of, room,
                                                   kinds):
    suite = own_suite(settings={"mucd.message-rate": 0})
    people = crowd_of(suite)
    talkers = []
    for nick in ("romeo", "juliet", "nurse"):
        client = people.online(nick)
        if not talkers:
            creates(client, room, nick)
        else:
            enters(client, room, nick)
        talkers.append(Talker(client, room, nick))

    # A join that mucd could not acknowledge before it died comes again, and the
    # history with it.
    time.sleep(0.5)

    for turn in range(4):
        for _ in range(40):
            for talker in talkers:
                talker.says_one()
        suite.kill_one(kinds[turn % len(kinds)])
        for talker in talkers:
            talker.listens(0.5)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(
            len(t.heard.get(o.nick, ())) < o.said
            for t in talkers for o in talkers):
        for talker in talkers:
            talker.listens(0.3)

    for talker in talkers:
        for other in talkers:
            assert talker.heard[other.nick] == list(range(other.said))
    bodies, fin = archive(talkers[0].client, room,
                          "<set xmlns='http://jabber.org/protocol/rsm'>"
                          "<max>0</max></set>")
    count = fin.find("{http://jabber.org/protocol/rsm}set").findtext(
        "{http://jabber.org/protocol/rsm}count")
    assert int(count) == sum(t.said for t in talkers)
