"""The use cases of XEP-0045, section by section, with slixmpp.

What each section asks of a service, and which test shows it. R: test_rooms.py,
which plays the same with plain stanzas; the rest is here.

 6.1, 6.2   service and features      test_discovery
 6.3        rooms                     test_discovery, R hidden_rooms_are_not_listed
 6.4        a room                    test_discovery
 6.5        a room's items            test_occupants_are_told_to_occupants_alone
 6.6        an occupant               test_occupants_are_told_to_occupants_alone
 7.1, 7.2.2 order of events           test_who_enters_hears_all_in_order
 7.2.1      no nickname, in already   test_entering_is_refused, R
 7.2.3, .4  anonymity                 R real_addresses..., non_anonymous_room_warns
 7.2.5–.11  who may not enter         test_entering_is_refused
 7.2.9      administrators beyond it  R a_full_room_lets_administrators_in
 7.2.12     logged rooms              test_a_logged_room_warns
 7.2.13–.14 history                   test_who_enters_hears_all_in_order, R
 7.2.15     subject                   test_who_enters_hears_all_in_order
 7.2.17     groupchat 1.0             R; test_who_lost_the_room_is_told
 7.4        to everybody              test_a_message_reaches_all
 7.5        private messages          test_a_private_message
 7.6        nicknames                 test_a_nickname_changes
 7.7        availability              test_availability_is_told
 7.8        invitations               test_an_invitation_and_its_decline
 7.9        from a chat to a room     test_an_invitation_may_continue_a_chat
 7.10       registration              test_registration
 7.11, 9.5  member list               test_the_member_list
 7.12       reserved nickname         test_registration
 7.13, 8.6  voice requests            test_voice_is_asked_for
 7.14       leaving                   test_leaving
 8.1, 7.3   subject                   test_the_subject
 8.2        kicking                   test_kicking
 8.3–8.5    voice                     test_voice
 9.1, 9.2   banning                   test_banning
 9.3, 9.4   membership                test_membership
 9.6–9.8    moderators                test_moderators
 9.9        approving registration    test_registration_is_approved
 10.1       creating                  test_creating, R
 10.2       configuring               test_configuring, test_codes_tell_of_changes
 10.3–10.8  owners, administrators    test_owners_and_administrators
 10.9       destroying                test_destroying
 11.1       errors                    tests/unit/mucd a_bounce_takes_the_ghost_out
 11.2       shutting down             none: occupants stay (R occupants_stay...)

What 13 to 16 ask besides; U: tests/unit/mucd/abuse_test.c.

 13.4, .5   leaks, anonymity          test_occupants_are_told_to_occupants_alone, R
 13.6       floods, look-alikes       U, room_test.c look_alike_nicknames_are_one
 15.2       messages by strangers, in locked rooms   R strangers_do_not_speak; U
 15.3       presence of other types, entering again  U who_enters_again_...; R
 15.4       queries between occupants test_occupants_ask_each_other; U
 15.4       role and affiliation      U a_role_and_an_affiliation_at_once_...
 16.1.1     allowable traffic         test_discovery
 16.1.2     ghosts                    R a_silent_ghost_is_pinged_out
"""
import asyncio
import uuid

import pytest
import slixmpp
from slixmpp.exceptions import IqError, PresenceError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from test_clients import Person, conversation

MUC = "http://jabber.org/protocol/muc"
USER = f"{{{MUC}#user}}"
SERVICE = "conference.localhost"
CONFIG = "muc#roomconfig_"


# --- people --------------------------------------------------------------------

class Actor(Person):
    """Remembers every presence and message, to be waited for in any order."""

    def __init__(self, suite, name):
        super().__init__(suite, name)
        self.seen = []
        for tag in ("presence", "message"):
            self.register_handler(Callback(
                f"all {tag}", MatchXPath(f"{{jabber:client}}{tag}"),
                self.seen.append))
        self.muc = self["xep_0045"]

    async def sees(self, wanted, seconds=15):
        for _ in range(int(seconds / 0.02)):
            for i, stanza in enumerate(self.seen):
                if wanted(stanza):
                    return self.seen.pop(i)
            await asyncio.sleep(0.02)
        raise AssertionError([str(s) for s in self.seen])

    async def presence(self, sender, kind=None, **attributes):
        """Of this occupant, with these attributes of its item."""
        return await self.sees(
            lambda s: s.name == "presence" and s["from"] == sender
            and s.xml.get("type") == kind
            and all(item(s).get(a) == v for a, v in attributes.items()))

    async def message(self, wanted):
        return await self.sees(lambda s: s.name == "message" and wanted(s))

    async def hears(self, body):
        return await self.message(lambda m: m["body"] == body)

    async def asks(self, room, kind, payload):
        iq = self.make_iq(ito=room, itype=kind)
        iq.append(slixmpp.xmlstream.ET.fromstring(payload))
        return await iq.send(timeout=15)

    def raw_presence(self, to, inside="", kind=""):
        self.send_raw(f"<presence to='{to}' {kind}>{inside}</presence>")

    async def hears_nothing_of(self, wanted):
        await self["xep_0199"].send_ping(self.boundjid.domain)
        assert not any(wanted(s) for s in self.seen)


def item(stanza):
    found = stanza.xml.find(f"{USER}x/{USER}item")
    return {} if found is None else found.attrib


def codes(stanza):
    return {int(s.get("code")) for s in stanza.xml.iter(USER + "status")}


async def refused(action):
    """The condition of the error that it ends with."""
    with pytest.raises((IqError, PresenceError)) as caught:
        await action
    error = caught.value
    return (error.iq if isinstance(error, IqError) else
            error.presence)["error"]["condition"]


class Stage:
    def __init__(self, suite, people):
        self.suite, self.people = suite, people
        self.room = f"stage-{uuid.uuid4()}@{SERVICE}"

    async def actor(self, name):
        return await Actor(self.suite,
                           self.people.account(name)).comes_online()

    def at(self, nick):
        return f"{self.room}/{nick}"

    async def configures(self, who, **fields):
        form = who["xep_0004"].make_form(ftype="submit")
        for name, value in fields.items():
            form.add_field(var=CONFIG + name, value=value,
                           ftype="text-multi" if isinstance(value, list)
                           else "text-single")
        await who.muc.set_room_config(self.room, form)

    async def enters(self, who, nick, **options):
        return await who.muc.join_muc_wait(self.room, nick, timeout=15,
                                           **options)

    async def owner(self, **fields):
        """Who has made the room, with these fields of its configuration."""
        owner = await self.actor("owner")
        await self.enters(owner, "owner")
        await self.configures(owner, **fields)
        return owner

    async def company(self, *names, **fields):
        """The owner, and others who have entered."""
        cast = [await self.owner(**fields)]
        for name in names:
            cast.append(await self.actor(name))
            await self.enters(cast[-1], name)
        return cast


@pytest.fixture
def play(suite, people):
    """Plays a scene on a stage of its own; who is on it leaves at the end."""
    return lambda scene: conversation(scene(Stage(suite, people)), 120)


# --- 6: discovery ----------------------------------------------------------------

def test_discovery(play):
    async def scene(stage):
        owner = await stage.owner(moderatedroom="1", roomname="Stage")
        disco = owner["xep_0030"]

        services = await disco.get_items(jid="localhost")
        assert SERVICE in {i[0] for i in services["disco_items"]["items"]}
        service = (await disco.get_info(jid=SERVICE))["disco_info"]
        assert MUC in service["features"]
        assert {i[0] for i in service["identities"]} == {"conference"}
        rooms = (await disco.get_items(jid=SERVICE))["disco_items"]["items"]
        assert (stage.room, None, "Stage") in rooms
        room = (await disco.get_info(jid=stage.room))["disco_info"]
        assert {MUC, "muc_moderated", "muc_public", "muc_temporary", "muc_open",
                "muc_semianonymous", "muc_unsecured",
                f"{MUC}#stable_id"} <= room["features"]
        assert await refused(disco.get_info(jid="none@" + SERVICE)) == \
            "item-not-found"
        assert await refused(disco.get_info(jid=stage.room, node="x")) == \
            "item-not-found"
        assert await refused(disco.get_info(
            jid=stage.room, node=f"{MUC}#traffic")) == "service-unavailable"

    play(scene)


def test_occupants_are_told_to_occupants_alone(play):
    async def scene(stage):
        owner, = await stage.company()
        stranger = await stage.actor("stranger")

        def items(who):
            return who["xep_0030"].get_items(jid=stage.room)

        assert {i[0] for i in (await items(owner))["disco_items"]["items"]} == \
            {stage.at("owner")}
        assert not (await items(stranger))["disco_items"]["items"]
        for ask in (stranger["xep_0030"].get_info,
                    stranger["xep_0030"].get_items):
            assert await refused(ask(jid=stage.at("owner"))) == "bad-request"

    play(scene)


# --- 7.2: entering ---------------------------------------------------------------

def test_who_enters_hears_all_in_order(play):
    async def scene(stage):
        owner = await stage.owner()
        owner.muc.set_subject(stage.room, "Verona")
        await owner.message(lambda m: m["subject"] == "Verona")
        for body in ("one", "two", "three"):
            owner.send_message(stage.room, body, mtype="groupchat")
            await owner.hears(body)
        juliet = await stage.actor("juliet")

        own, subject, others, history = await stage.enters(
            juliet, "juliet", maxstanzas=2)

        assert 110 in codes(own)
        assert others[0]["from"] == stage.at("owner")
        assert [m["body"] for m in history] == ["two", "three"]
        assert all(m["delay"]["from"] == stage.room for m in history)
        assert subject["subject"] == "Verona"
        place = [s.name + (s.xml.get("type") or "") for s in juliet.seen
                 if s["from"].bare == stage.room]
        assert place == ["presence"] * 2 + ["messagegroupchat"] * 3

    play(scene)


async def no_nickname(stage, _):
    return {"nick": ""}


async def no_password(stage, owner):
    await stage.configures(owner, passwordprotectedroom="1", roomsecret="x")
    return {}


async def wrong_password(stage, owner):
    await no_password(stage, owner)
    return {"password": "y"}


async def no_member(stage, owner):
    await stage.configures(owner, membersonly="1")
    return {}


async def banned(stage, owner):
    await owner.muc.set_affiliation(stage.room, "outcast",
                                    jid=stage.newcomer.boundjid.bare)
    return {}


async def taken(stage, _):
    return {"nick": "owner"}


async def reserved(stage, owner):
    await owner.muc.set_affiliation(stage.room, "member", nick="kept",
                                    jid="somebody@localhost")
    return {"nick": "kept"}


async def full(stage, owner):
    await stage.configures(owner, maxusers="1")
    return {}


async def unwelcome_nickname(stage, _):
    return {"nick": "n" * 300}


@pytest.mark.parametrize("obstacle, condition", [
    (no_nickname, "jid-malformed"), (no_password, "not-authorized"),
    (wrong_password, "not-authorized"), (no_member, "registration-required"),
    (banned, "forbidden"), (taken, "conflict"), (reserved, "conflict"),
    (full, "service-unavailable"), (unwelcome_nickname, "not-acceptable")],
    ids=lambda x: getattr(x, "__name__", x))
def test_entering_is_refused(play, obstacle, condition):
    async def scene(stage):
        owner = await stage.owner()
        stage.newcomer = await stage.actor("newcomer")
        wanted = await obstacle(stage, owner)
        nick = wanted.pop("nick", "newcomer")
        target = f"{stage.room}/{nick}" if nick else stage.room
        password = (f"<password>{wanted['password']}</password>"
                    if wanted else "")

        stage.newcomer.raw_presence(target, f"<x xmlns='{MUC}'>{password}</x>")

        error = await stage.newcomer.sees(
            lambda s: s.name == "presence" and s.xml.get("type") == "error")
        assert error["error"]["condition"] == condition
        await owner.hears_nothing_of(
            lambda s: s["from"] == stage.at("newcomer"))

    play(scene)


def test_entering_a_locked_room_is_refused(play):
    async def scene(stage):
        owner, other = await stage.actor("owner"), await stage.actor("other")
        await stage.enters(owner, "owner")

        assert await refused(stage.enters(other, "other")) == "item-not-found"

    play(scene)


def test_a_logged_room_warns(play):
    async def scene(stage):
        await stage.owner(enablelogging="1")
        juliet = await stage.actor("juliet")

        own, *_ = await stage.enters(juliet, "juliet")

        assert 170 in codes(own)

    play(scene)


def test_who_lost_the_room_is_told(own_suite, crowd_of):
    """A service that takes no groupchat 1.0 kicks who only believes to be in."""
    suite = own_suite(settings={"mucd.legacy-join": "false"})

    async def scene(stage):
        await stage.owner()
        juliet = await stage.actor("juliet")

        juliet.raw_presence(stage.at("juliet"))

        kick = await juliet.presence(stage.at("juliet"), "unavailable")
        assert codes(kick) == {110, 307, 333}
        assert item(kick)["role"] == "none"

    conversation(scene(Stage(suite, crowd_of(suite))))


# --- 7.4 to 7.14: what occupants do ------------------------------------------------

def test_a_message_reaches_all(play):
    async def scene(stage):
        owner, juliet = await stage.company("juliet", moderatedroom="1")
        stranger = await stage.actor("stranger")

        message = owner.make_message(stage.room, "hello", mtype="groupchat")
        message["id"] = "mine"
        message.send()
        for who in (owner, juliet):
            heard = await who.hears("hello")
            assert (heard["id"], heard["from"]) == ("mine", stage.at("owner"))

        for who, condition in ((juliet, "forbidden"),
                               (stranger, "not-acceptable")):
            who.send_message(stage.room, "psst", mtype="groupchat")
            error = await who.message(lambda m: m["type"] == "error")
            assert error["error"]["condition"] == condition
        await owner.hears_nothing_of(lambda s: s["body"] == "psst"
                                     if s.name == "message" else False)

    play(scene)


def test_a_private_message(play):
    async def scene(stage):
        owner, juliet, third = await stage.company("juliet", "third")
        stranger = await stage.actor("stranger")

        juliet.send_message(stage.at("owner"), "secret", mtype="chat")
        heard = await owner.hears("secret")
        assert heard["from"] == stage.at("juliet")
        assert heard["type"] == "chat"
        assert heard.xml.find(USER + "x") is not None

        for who, nick, kind, condition in (
                (juliet, "owner", "groupchat", "bad-request"),
                (juliet, "nobody", "chat", "item-not-found"),
                (stranger, "owner", "chat", "not-acceptable")):
            who.send_message(stage.at(nick), "wrong", mtype=kind)
            error = await who.message(lambda m: m["type"] == "error")
            assert error["error"]["condition"] == condition
        await third.hears_nothing_of(
            lambda s: s.name == "message" and s["body"] in ("secret", "wrong"))

    play(scene)


def test_a_nickname_changes(play):
    async def scene(stage):
        owner, juliet = await stage.company("juliet")

        juliet.raw_presence(stage.at("capulet"))
        for who in (owner, juliet):
            gone = await who.presence(stage.at("juliet"), "unavailable",
                                      nick="capulet")
            assert 303 in codes(gone)
            assert (110 in codes(gone)) == (who is juliet)
            await who.presence(stage.at("capulet"))

        await owner.muc.set_affiliation(stage.room, "member", nick="kept",
                                        jid="somebody@localhost")
        for taken_nick in ("owner", "kept"):
            juliet.raw_presence(stage.at(taken_nick))
            error = await juliet.sees(lambda s: s.name == "presence"
                                      and s["type"] == "error")
            assert error["error"]["condition"] == "conflict"

    play(scene)


def test_availability_is_told(play):
    async def scene(stage):
        owner, juliet = await stage.company("juliet")

        juliet.raw_presence(stage.at("juliet"),
                            "<show>away</show><status>asleep</status>")

        seen = await owner.sees(lambda s: s.name == "presence"
                                and s["status"] == "asleep")
        assert seen["show"] == "away"
        assert item(seen)["role"] == "participant"

    play(scene)


def test_an_invitation_and_its_decline(play):
    async def scene(stage):
        owner, = await stage.company(passwordprotectedroom="1", roomsecret="x")
        juliet = await stage.actor("juliet")

        owner.muc.invite(stage.room, juliet.boundjid.bare, "Come")
        invitation = await juliet.message(
            lambda m: m.xml.find(f"{USER}x/{USER}invite") is not None)
        x = invitation.xml.find(USER + "x")
        assert invitation["from"] == stage.room
        assert x.find(USER + "invite").get("from") == stage.at("owner")
        assert x.findtext(f"{USER}invite/{USER}reason") == "Come"
        assert x.findtext(USER + "password") == "x"

        juliet.muc.decline(stage.room, stage.at("owner"), "Busy")
        decline = await owner.message(
            lambda m: m.xml.find(f"{USER}x/{USER}decline") is not None)
        decline = decline.xml.find(f"{USER}x/{USER}decline")
        assert decline.get("from") == juliet.boundjid.bare
        assert decline.findtext(USER + "reason") == "Busy"

    play(scene)


@pytest.mark.parametrize("target, condition", [
    ("@", "jid-malformed"), ("x@localhost", "forbidden")])
def test_an_invitation_is_refused(play, target, condition):
    async def scene(stage):
        owner, juliet = await stage.company("juliet", allowinvites="0")
        who = juliet if condition == "forbidden" else owner

        who.send_raw(f"<message to='{stage.room}'><x xmlns='{MUC}#user'>"
                     f"<invite to='{target}'/></x></message>")

        error = await who.message(lambda m: m["type"] == "error")
        assert error["error"]["condition"] == condition

    play(scene)


def test_an_invitation_may_continue_a_chat(play):
    async def scene(stage):
        owner, = await stage.company()
        juliet = await stage.actor("juliet")

        owner.send_raw(
            f"<message to='{stage.room}'><x xmlns='{MUC}#user'><invite "
            f"to='{juliet.boundjid.bare}'><continue thread='t1'/></invite></x>"
            "</message>")

        invitation = await juliet.message(
            lambda m: m.xml.find(f"{USER}x/{USER}invite") is not None)
        assert invitation.xml.find(f".//{USER}continue").get("thread") == "t1"

    play(scene)


REGISTER = "jabber:iq:register"


def registration(nick):
    return (f"<query xmlns='{REGISTER}'><x xmlns='jabber:x:data' type='submit'>"
            f"<field var='FORM_TYPE'><value>{MUC}#register</value></field>"
            f"<field var='muc#register_roomnick'><value>{nick}</value></field>"
            "</x></query>")


ALLOWS_NO_REGISTRATION = (
    f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'>"
    "<field var='posthouse#roomconfig_allowregister'><value>0</value></field>"
    "</x></query>")


def test_registration(play):
    async def scene(stage):
        owner, juliet = await stage.company("juliet")
        other = await stage.actor("other")

        def reserved_nick(who):
            return who["xep_0030"].get_info(jid=stage.room,
                                            node="x-roomuser-item")

        empty = await reserved_nick(juliet)
        assert not empty["disco_info"]["identities"]
        asked = await juliet.asks(stage.room, "get",
                                  f"<query xmlns='{REGISTER}'/>")
        assert "muc#register_roomnick" in str(asked)
        await juliet.asks(stage.room, "set", registration("capulet"))
        await owner.presence(stage.at("juliet"), affiliation="member")
        again = await juliet.asks(stage.room, "get",
                                  f"<query xmlns='{REGISTER}'/>")
        assert again.xml.findtext(f".//{{{REGISTER}}}username") == "capulet"
        found = (await reserved_nick(juliet))["disco_info"]["identities"]
        assert {i[3] for i in found} == {"capulet"}

        for who, room, payload, condition in (
                (other, stage.room, registration("capulet"), "conflict"),
                (other, stage.room, f"<query xmlns='{REGISTER}'/>",
                 "bad-request"),
                (other, f"none@{SERVICE}", registration("x"),
                 "item-not-found")):
            assert await refused(who.asks(room, "set", payload)) == condition
        await stage.configures(owner, membersonly="1")
        await owner.asks(stage.room, "set", ALLOWS_NO_REGISTRATION)
        for kind in ("get", "set"):
            assert await refused(other.asks(
                stage.room, kind, registration("x"))) == "not-allowed"
        await juliet.asks(stage.room, "set",
                          f"<query xmlns='{REGISTER}'><remove/></query>")
        members = await owner.muc.get_affiliation_list(stage.room, "member")
        assert juliet.boundjid.bare not in [str(m) for m in members]

    play(scene)


def sends_form(who, room, values):
    form = who["xep_0004"].make_form(ftype="submit")
    for name, value in values.items():
        form.add_field(var=name, value=value)
    answer = who.make_message(room)
    answer.append(form)
    answer.send()


def asked_by_form(message):
    return message.xml.find("{jabber:x:data}x") is not None


@pytest.mark.parametrize("allowed", ["1", "0"])
def test_registration_is_approved(play, allowed):
    async def scene(stage):
        owner, juliet = await stage.company("juliet", membersonly="0")
        await stage.configures(owner, membersonly="1")
        rose, nurse = await stage.actor("rose"), await stage.actor("nurse")

        await rose.asks(stage.room, "set", registration("Rose"))
        asked = await owner.message(asked_by_form)
        assert asked["from"] == stage.room
        values = asked["form"].get_values()
        assert values["muc#register_roomnick"] == "Rose"
        assert values["posthouse#register_jid"] == rose.boundjid.bare

        # Who is no administrator approves of nothing.
        sends_form(nurse, stage.room, {**values, "muc#register_allow": "1"})
        error = await nurse.message(lambda m: m["type"] == "error")
        assert error["error"]["condition"] == "forbidden"

        sends_form(owner, stage.room, {**values, "muc#register_allow": allowed})
        if allowed == "0":
            assert await refused(stage.enters(rose, "Rose")) \
                == "registration-required"
            return
        await rose.message(lambda m: m.xml.find(f"{USER}x/{USER}invite")
                           is not None)
        await stage.enters(rose, "Rose")
        await owner.presence(stage.at("Rose"), affiliation="member")

    play(scene)


def test_registration_needs_somebody_to_approve(play):
    async def scene(stage):
        owner = await stage.owner(membersonly="1", persistentroom="1")
        other = await stage.actor("other")
        owner.muc.leave_muc(stage.room, "owner")
        await owner.presence(stage.at("owner"), "unavailable")

        assert await refused(other.asks(
            stage.room, "set", registration("x"))) == "recipient-unavailable"

    play(scene)


def test_occupants_ask_each_other(play):
    """§15.4; a vCard is the account's, everything else the resource's."""
    async def scene(stage):
        owner, juliet = await stage.company("juliet")
        card = juliet["xep_0054"].make_vcard()
        card["FN"] = "Juliet Capulet"
        await juliet["xep_0054"].publish_vcard(card)

        found = await owner["xep_0054"].get_vcard(stage.at("juliet"),
                                                  timeout=10)
        assert found["vcard_temp"]["FN"] == "Juliet Capulet"
        assert found["from"] == stage.at("juliet")
        version = await owner.asks(stage.at("juliet"), "get",
                                   "<query xmlns='jabber:iq:version'/>")
        assert version["from"] == stage.at("juliet")
        assert juliet.boundjid.bare not in str(version)

        stranger = await stage.actor("stranger")
        assert await refused(stranger.asks(
            stage.at("juliet"), "get",
            "<query xmlns='jabber:iq:version'/>")) == "not-acceptable"
        assert await refused(owner.asks(
            stage.at("nobody"), "get",
            "<query xmlns='jabber:iq:version'/>")) == "item-not-found"

    play(scene)


def test_voice_is_asked_for(play):
    async def scene(stage):
        owner, juliet = await stage.company("juliet", moderatedroom="1")

        juliet.muc.request_voice(stage.room, "participant")
        asked = await owner.message(
            lambda m: m.xml.find("{jabber:x:data}x") is not None)
        assert asked["from"] == stage.room
        values = asked["form"].get_values()
        assert values["muc#roomnick"] == "juliet"
        sends_form(owner, stage.room, {**values, "muc#request_allow": "1"})

        await owner.presence(stage.at("juliet"), role="participant")
        juliet.send_message(stage.room, "at last", mtype="groupchat")
        await owner.hears("at last")

    play(scene)


def test_leaving(play):
    async def scene(stage):
        owner, juliet = await stage.company("juliet")

        juliet.muc.leave_muc(stage.room, "juliet", "Good night")

        gone = await owner.presence(stage.at("juliet"), "unavailable")
        own = await juliet.presence(stage.at("juliet"), "unavailable")
        assert gone["status"] == "Good night"
        assert item(gone)["role"] == "none"
        assert 110 in codes(own) and 110 not in codes(gone)

    play(scene)


# --- 8: moderators -------------------------------------------------------------------

def test_the_subject(play):
    async def scene(stage):
        owner, juliet = await stage.company("juliet")

        def subject(who, wanted):
            return who.message(
                lambda m: m.xml.find("{jabber:client}subject") is not None
                and m["subject"] == wanted and m["from"] == stage.at("owner"))

        for text in ("Balcony", ""):
            owner.send_raw(f"<message to='{stage.room}' type='groupchat'>"
                           f"<subject>{text}</subject></message>")
            for who in (owner, juliet):
                await subject(who, text)
        juliet.muc.set_subject(stage.room, "Mine")
        error = await juliet.message(lambda m: m["type"] == "error")
        assert error["error"]["condition"] == "forbidden"
        await stage.configures(owner, changesubject="1")
        juliet.muc.set_subject(stage.room, "Mine")
        await owner.message(lambda m: m["subject"] == "Mine")

    play(scene)


def test_kicking(play):
    async def scene(stage):
        owner, juliet, nurse = await stage.company("juliet", "nurse")
        await owner.muc.set_affiliation(stage.room, "admin",
                                        jid=nurse.boundjid.bare)
        await owner.muc.set_role(stage.room, "juliet", "moderator")

        for who, nick, condition in (
                (juliet, "owner", "not-allowed"),
                (juliet, "nurse", "not-allowed"),
                (nurse, "owner", "not-allowed"),
                (nurse, "nobody", "item-not-found")):
            assert await refused(who.muc.set_role(stage.room, nick, "none")) \
                == condition
        await owner.muc.set_role(stage.room, "juliet", "none", reason="Enough")
        for who in (juliet, nurse):
            gone = await who.presence(stage.at("juliet"), "unavailable")
            assert 307 in codes(gone)
            assert gone.xml.findtext(f".//{USER}reason") == "Enough"
            assert gone.xml.find(f".//{USER}actor").get("nick") == "owner"
        await stage.enters(juliet, "juliet")

    play(scene)


def test_voice(play):
    async def scene(stage):
        owner, juliet, nurse = await stage.company("juliet", "nurse",
                                                   moderatedroom="1")
        await owner.muc.set_affiliation(stage.room, "admin",
                                        jid=nurse.boundjid.bare)

        for role in ("participant", "visitor"):
            await owner.muc.set_role(stage.room, "juliet", role, reason="So")
            seen = await juliet.presence(stage.at("juliet"), role=role)
            assert seen.xml.findtext(f".//{USER}reason") == "So" or \
                role == "visitor"
        await owner.asks(stage.room, "set",
                         f"<query xmlns='{MUC}#admin'>"
                         "<item nick='juliet' role='participant'/>"
                         "<item nick='owner' role='moderator'/></query>")
        listed = await owner.muc.get_roles_list(stage.room, "participant")
        assert listed == ["juliet"]
        for who, nick, condition in ((nurse, "owner", "not-allowed"),
                                     (owner, "nurse", "not-allowed"),
                                     (juliet, "nurse", "forbidden")):
            assert await refused(who.muc.set_role(stage.room, nick,
                                                  "visitor")) == condition
        assert await refused(juliet.muc.get_roles_list(
            stage.room, "participant")) == "forbidden"

    play(scene)


# --- 9: administrators ----------------------------------------------------------------

def test_banning(play):
    async def scene(stage):
        owner, juliet, nurse = await stage.company("juliet", "nurse")
        muc, bare = owner.muc, juliet.boundjid.bare
        await muc.set_affiliation(stage.room, "admin", jid=nurse.boundjid.bare)

        await muc.set_affiliation(stage.room, "outcast", jid=bare,
                                  reason="Treason")
        for who in (juliet, nurse):
            gone = await who.presence(stage.at("juliet"), "unavailable",
                                      affiliation="outcast")
            assert 301 in codes(gone)
            assert gone.xml.findtext(f".//{USER}reason") == "Treason"
        assert [str(j) for j in await muc.get_affiliation_list(
            stage.room, "outcast")] == [bare]
        await muc.send_affiliation_list(stage.room, [(bare, "none")])
        await stage.enters(juliet, "juliet")

        for who, whom, condition in ((nurse, owner, "not-allowed"),
                                     (nurse, nurse, "conflict"),
                                     (owner, owner, "conflict"),
                                     (juliet, nurse, "forbidden")):
            assert await refused(who.muc.set_affiliation(
                stage.room, "outcast", jid=whom.boundjid.bare)) == condition
        assert await refused(juliet.muc.get_affiliation_list(
            stage.room, "outcast")) == "forbidden"

    play(scene)


@pytest.mark.parametrize("members_only", [False, True])
def test_membership(play, members_only):
    async def scene(stage):
        owner, juliet = await stage.company("juliet")
        bare = juliet.boundjid.bare
        await owner.muc.set_affiliation(stage.room, "member", jid=bare)
        await juliet.presence(stage.at("juliet"), affiliation="member")
        await stage.configures(owner, membersonly="1" if members_only else "0")

        await owner.muc.set_affiliation(stage.room, "none", jid=bare)

        if members_only:
            gone = await juliet.presence(stage.at("juliet"), "unavailable")
            assert 321 in codes(gone)
            assert await refused(stage.enters(juliet, "juliet")) == \
                "registration-required"
        else:
            await juliet.presence(stage.at("juliet"), affiliation="none",
                                  role="participant")

    play(scene)


def test_the_member_list(play):
    async def scene(stage):
        owner, = await stage.company(membersonly="1", whois="anyone")
        juliet, other = await stage.actor("juliet"), await stage.actor("other")
        bare = juliet.boundjid.bare

        def item_of(attributes):
            return (f"<query xmlns='{MUC}#admin'><item {attributes}/></query>")

        await owner.asks(stage.room, "set", item_of(
            f"jid='{bare}' affiliation='member' nick='Jule'"))
        await juliet.message(
            lambda m: m.xml.find(f"{USER}x/{USER}invite") is not None)
        await stage.enters(juliet, "juliet")
        listed = await juliet.asks(stage.room, "get",
                                   item_of("affiliation='member'"))
        found = listed.xml.find(f".//{{{MUC}#admin}}item")
        assert (found.get("jid"), found.get("nick")) == (bare, "Jule")
        await owner.asks(stage.room, "set", item_of(
            f"jid='{bare}' affiliation='member' nick=''"))
        listed = await owner.asks(stage.room, "get",
                                  item_of("affiliation='member'"))
        assert listed.xml.find(f".//{{{MUC}#admin}}item").get("nick") is None

        assert await refused(other.muc.get_affiliation_list(
            stage.room, "member")) == "forbidden"
        assert await refused(owner.asks(stage.room, "set", item_of(
            "jid='x@localhost' affiliation='member' nick='juliet'"))) == \
            "conflict"
        juliet.muc.invite(stage.room, other.boundjid.bare)
        error = await juliet.message(lambda m: m["type"] == "error")
        assert error["error"]["condition"] == "forbidden"

    play(scene)


def test_moderators(play):
    async def scene(stage):
        owner, juliet, nurse = await stage.company("juliet", "nurse")
        await owner.muc.set_affiliation(stage.room, "admin",
                                        jid=nurse.boundjid.bare)

        await nurse.muc.set_role(stage.room, "juliet", "moderator")
        await juliet.presence(stage.at("juliet"), role="moderator")
        assert sorted(await owner.muc.get_roles_list(
            stage.room, "moderator")) == ["juliet", "nurse", "owner"]
        await nurse.muc.set_role(stage.room, "juliet", "participant")
        await juliet.presence(stage.at("juliet"), role="participant")
        for who, nick, condition in ((nurse, "owner", "not-allowed"),
                                     (owner, "nurse", "not-allowed"),
                                     (juliet, "nurse", "forbidden")):
            assert await refused(who.muc.set_role(
                stage.room, nick, "participant")) == condition

    play(scene)


# --- 10: owners --------------------------------------------------------------------------

def test_creating(play):
    async def scene(stage):
        owner = await stage.actor("owner")

        own, *_ = await stage.enters(owner, "owner")
        assert {110, 201} <= codes(own)
        assert item(own)["affiliation"] == "owner"
        await owner.muc.cancel_config(stage.room)
        gone = await owner.presence(stage.at("owner"), "unavailable")
        assert gone.xml.find(f".//{USER}destroy") is not None
        assert await refused(owner.muc.get_room_config(stage.room)) == \
            "item-not-found"

        await stage.enters(owner, "owner")
        owner.muc.leave_muc(stage.room, "owner")
        gone = await owner.presence(stage.at("owner"), "unavailable")
        assert gone.xml.find(f".//{USER}destroy") is not None
        assert await refused(owner.muc.get_room_config(stage.room)) == \
            "item-not-found"

        await stage.enters(owner, "owner")
        assert await refused(stage.configures(
            owner, passwordprotectedroom="1", roomsecret="")) == \
            "not-acceptable"

    play(scene)


def test_configuring(play):
    async def scene(stage):
        owner, juliet, nurse = await stage.company("juliet", "nurse")

        def form(who):
            return who.muc.get_room_config(stage.room)

        before = (await form(owner)).get_values()
        assert await refused(form(juliet)) == "forbidden"
        assert await refused(stage.configures(juliet, roomname="x")) == \
            "forbidden"
        await owner.muc.cancel_config(stage.room)
        assert (await form(owner)).get_values() == before

        bare, own = juliet.boundjid.bare, owner.boundjid.bare
        for field, names, affiliation, role in (
                ("roomadmins", [bare], "admin", "moderator"),
                ("roomadmins", [], "member", "participant"),
                ("roomowners", [own, bare], "owner", "moderator"),
                ("roomowners", [own], "member", "participant")):
            await stage.configures(owner, **{field: names})
            await nurse.presence(stage.at("juliet"), affiliation=affiliation,
                                 role=role)
        assert await refused(stage.configures(owner, roomowners=[])) == \
            "conflict"
        await stage.configures(owner, membersonly="1")
        for who in (nurse, juliet):
            gone = await who.presence(stage.at("nurse"), "unavailable")
            assert 322 in codes(gone)

    play(scene)


@pytest.mark.parametrize("field, value, code", [
    ("roomdesc", "x", 104), ("enablelogging", "0", 171),
    ("whois", "anyone", 172)])
def test_codes_tell_of_changes(play, field, value, code):
    back = {171: ("1", 170), 172: ("moderators", 173), 104: ("y", 104)}

    async def scene(stage):
        owner, juliet = await stage.company("juliet")
        old, old_code = back[code]

        await stage.configures(owner, **{field: value})
        await juliet.message(lambda m: codes(m) == {code})
        await stage.configures(owner, **{field: old})
        await juliet.message(lambda m: codes(m) == {old_code})

    play(scene)


@pytest.mark.parametrize("affiliation", ["owner", "admin"])
def test_owners_and_administrators(play, affiliation):
    async def scene(stage):
        owner, juliet, nurse = await stage.company("juliet", "nurse")
        muc, bare = owner.muc, juliet.boundjid.bare
        await muc.set_affiliation(stage.room, "admin", jid=nurse.boundjid.bare)

        await muc.set_affiliation(stage.room, affiliation, jid=bare,
                                  reason="Merit")
        seen = await nurse.presence(stage.at("juliet"), affiliation=affiliation,
                                    role="moderator")
        assert seen.xml.findtext(f".//{USER}reason") == "Merit"
        listed = await muc.get_affiliation_list(stage.room, affiliation)
        assert bare in [str(j) for j in listed]
        for who in (nurse,):
            assert await refused(who.muc.set_affiliation(
                stage.room, affiliation, jid="x@localhost")) == "forbidden"
            assert await refused(who.muc.set_affiliation(
                stage.room, "member", jid=bare)) == "forbidden"
        await muc.set_affiliation(stage.room, "member", jid=bare)
        await nurse.presence(stage.at("juliet"), affiliation="member",
                             role="participant")
        assert await refused(muc.set_affiliation(
            stage.room, "admin", jid=owner.boundjid.bare)) == "conflict"

    play(scene)


def test_destroying(play):
    async def scene(stage):
        owner, juliet = await stage.company("juliet")
        elsewhere = f"elsewhere@{SERVICE}"

        assert await refused(juliet.muc.destroy(stage.room)) == "forbidden"
        await owner.muc.destroy(stage.room, "Moved", elsewhere)

        for who, nick in ((owner, "owner"), (juliet, "juliet")):
            gone = await who.presence(stage.at(nick), "unavailable")
            destroy = gone.xml.find(f"{USER}x/{USER}destroy")
            assert destroy.get("jid") == elsewhere
            assert destroy.findtext(USER + "reason") == "Moved"
            assert item(gone)["role"] == "none"

    play(scene)
