"""Rooms as Gajim's stack (nbxmpp) and phchat meet them: what the service says must
mean to other people's parsers what it means."""
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from suite import PASSWORD
from test_phchat import phchat, terminals  # noqa: F401
from test_rooms import (changes, configures, creates, enters, item, room,  # noqa: F401
                        says)
from xmpp import CLIENT, is_message

RETRACT = "{urn:xmpp:message-retract:1}"
HERE = Path(__file__).resolve().parent


class Gajim:
    """The program nbxmpp_room.py, told what to do and asked what it saw."""

    def __init__(self, suite, name):
        self.bare = f"{name}@localhost"
        self._process = subprocess.Popen(
            [sys.executable, HERE / "nbxmpp_room.py", self.bare,
             str(suite.port("C2S"))], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, "PASSWORD": PASSWORD})
        self._seen, self._news = [], threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()
        self.jid = self.sees("online")["jid"]

    def _listen(self):
        for line in self._process.stdout:
            with self._news:
                self._seen.append(json.loads(line))
                self._news.notify()

    def does(self, verb, *rest):
        self._process.stdin.write(json.dumps([verb, *rest]) + "\n")
        self._process.stdin.flush()
        return self

    def sees(self, event, seconds=15, **wanted):
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                for i, seen in enumerate(self._seen):
                    if seen["event"] == event and all(
                            seen.get(k) == v for k, v in wanted.items()):
                        return self._seen.pop(i)
                bugs = [s["text"] for s in self._seen if s["event"] == "bug"]
                assert not bugs, bugs[0]
                left = deadline - time.monotonic()
                assert left > 0, f"no {event} {wanted} in {self._seen}"
                self._news.wait(left)

    def enters(self, room, nick):
        self.does("join", room, nick)
        own = self.sees("presence", nick=nick, is_self=True, type="available")
        self.sees("subject")
        return own

    def ends(self):
        self._process.stdin.close()
        self._process.wait(10)


@pytest.fixture
def gajims(suite, people):
    started = []

    def start(name):
        started.append(Gajim(suite, people.account(name)))
        return started[-1]
    yield start
    for each in started:
        each.ends()


def test_gajim_makes_a_room_and_configures_it(gajims, room):
    romeo = gajims("romeo")

    own = romeo.enters(room, "romeo")
    assert "201" in own["codes"] and own["affiliation"] == "owner"
    romeo.does("configure", room, {"roomname": "Hall", "moderatedroom": True,
                                   "persistentroom": True,
                                   "membersonly": False}).sees("answer")
    romeo.does("info", room)
    info = romeo.sees("info")
    assert info["name"] == "Hall"
    assert info["is_moderated"] and info["is_persistent"]
    assert info["is_semianonymous"] and not info["is_members_only"]
    romeo.does("configure", room, {"membersonly": True}).sees("config")
    romeo.does("destroy", room).sees("answer")
    romeo.sees("presence", is_destroyed=True)


def test_gajim_talks(gajims, people, room):
    gajim, juliet = gajims("romeo"), people.online("juliet")
    creates(juliet, room, "juliet", changesubject=1, anonymity=0)
    says(juliet, room, "before")
    juliet.receives("before")

    gajim.enters(room, "romeo")
    late = gajim.sees("message", body="before", nick="juliet")
    assert late["is_late"] and len(late["stanza_ids"]) == 1
    other = gajim.sees("presence", nick="juliet", is_self=False)
    assert other["role"] == "moderator" and other["affiliation"] == "owner"
    assert other["jid"] == "" and other["occupant_id"] == late["occupant_id"]

    gajim.does("say", room, "hello")
    juliet.receives("hello", f"{room}/romeo")
    assert gajim.sees("message", body="hello")["nick"] == "romeo"
    gajim.does("whisper", f"{room}/juliet", "to you alone")
    juliet.receives("to you alone", f"{room}/romeo")
    juliet.send(f"{room}/romeo", "and to you",
                inside="<x xmlns='http://jabber.org/protocol/muc#user'/>")
    assert gajim.sees("message", body="and to you")["is_private"]
    gajim.does("subject", room, "Of love")
    assert gajim.sees("subject")["author"] == "romeo"


def test_gajim_changes_its_nickname_and_leaves(gajims, people, room):
    gajim, juliet = gajims("romeo"), people.online("juliet")
    creates(juliet, room, "juliet")
    gajim.enters(room, "romeo")

    gajim.does("nick", room, "mercutio")
    old = gajim.sees("presence", nick="romeo", is_self=True, type="unavailable")
    assert old["new_nick"] == "mercutio"
    gajim.sees("presence", nick="mercutio", is_self=True)
    gajim.does("nick", room, "JULIET")
    assert gajim.sees("presence-error")["condition"] == "conflict"
    gajim.does("leave", room, "mercutio")
    gajim.sees("presence", nick="mercutio", is_self=True, type="unavailable")


def test_gajim_is_kicked_and_banned(gajims, people, room):
    gajim, juliet = gajims("romeo"), people.online("juliet")
    creates(juliet, room, "juliet")
    gajim.enters(room, "romeo")

    changes(juliet, room, "nick='romeo' role='none'", "hush")
    gone = gajim.sees("presence", nick="romeo", is_self=True,
                      type="unavailable")
    assert gone["is_kicked"] and gone["reason"] == "hush"
    gajim.enters(room, "romeo")
    changes(juliet, room, f"jid='{gajim.bare}' affiliation='outcast'")
    assert "301" in gajim.sees("presence", nick="romeo", is_self=True,
                               type="unavailable")["codes"]
    gajim.does("join", room, "romeo")
    assert gajim.sees("presence-error")["condition"] == "forbidden"


def test_gajim_moderates(gajims, people, room):
    gajim, juliet = gajims("romeo"), people.online("juliet")
    gajim.enters(room, "romeo")
    gajim.does("configure", room, {"moderatedroom": True}).sees("answer")
    own = enters(juliet, room, "juliet")
    assert item(own).get("role") == "visitor"

    juliet.stanza(f"<message to='{room}'><x xmlns='jabber:x:data' "
                  "type='submit'><field var='FORM_TYPE'><value>"
                  "http://jabber.org/protocol/muc#request</value></field>"
                  "<field var='muc#role'><value>participant</value></field>"
                  "</x></message>")
    assert gajim.sees("voice-request")["nick"] == "juliet"
    gajim.sees("presence", nick="juliet", role="participant")
    says(juliet, room, "at last")
    assert gajim.sees("message", body="at last")["nick"] == "juliet"
    gajim.does("affiliation", room, juliet.bare, "admin").sees("answer")
    gajim.does("list", room, "admin")
    assert gajim.sees("list")["jids"] == [juliet.bare]
    gajim.does("role", room, "nobody", "none")
    assert gajim.sees("refused")["condition"] == "item-not-found"


def test_gajim_takes_a_message_back(gajims, people, room):
    """By its own version of XEP-0425; who speaks the newer one is told, too, and the
    other way round."""
    gajim, juliet = gajims("romeo"), people.online("juliet")
    gajim.enters(room, "romeo")
    gajim.does("configure", room, {}).sees("answer")
    enters(juliet, room, "juliet")
    gajim.does("affiliation", room, juliet.bare, "admin").sees("answer")
    gajim.does("info", room)
    assert gajim.sees("info")["takes_back"]

    says(juliet, room, "vile")
    id, = gajim.sees("message", body="vile")["stanza_ids"]
    gajim.does("take_back", room, id, "too vile").sees("answer")
    told = gajim.sees("moderation")
    assert told == {"event": "moderation", "id": id, "by": f"{room}/romeo",
                    "reason": "too vile"}
    retract = juliet.waits_for(
        lambda e: e.find(RETRACT + "retract") is not None).find(
            RETRACT + "retract")
    assert retract.get("id") == id
    assert retract.findtext(RETRACT + "reason") == "too vile"

    says(juliet, room, "worse")
    id, = gajim.sees("message", body="worse")["stanza_ids"]
    juliet.set(f"<moderate xmlns='urn:xmpp:message-moderate:1' id='{id}'>"
               "<retract xmlns='urn:xmpp:message-retract:1'/></moderate>", to=room)
    told = gajim.sees("moderation")
    assert told["id"] == id and told["by"] == f"{room}/juliet"
    gajim.does("take_back", room, "none", "?")
    assert gajim.sees("refused")["condition"] == "bad-request"


def test_gajim_invites_and_is_invited(gajims, people, room):
    romeo, other = gajims("romeo"), gajims("mercutio")
    juliet = people.online("juliet")
    romeo.enters(room, "romeo")
    romeo.does("configure", room, {"membersonly": True}).sees("answer")

    romeo.does("invite", room, juliet.bare)
    juliet.waits_for(lambda e: is_message(e) and room in (e.get("from") or ""))
    enters(juliet, room, "juliet")
    romeo.does("invite", room, other.bare)
    invited = other.sees("invited")
    assert invited["room"] == room and invited["reason"] == "come"
    assert other.enters(room, "mercutio")["affiliation"] == "member"


def test_gajim_asks_for_voice(gajims, people, room):
    gajim, juliet = gajims("romeo"), people.online("juliet")
    creates(juliet, room, "juliet", moderatedroom=1)
    assert gajim.enters(room, "romeo")["role"] == "visitor"

    gajim.does("say", room, "unheard")
    assert gajim.sees("message-error")["condition"] == "forbidden"
    gajim.does("voice", room)
    juliet.waits_for(lambda e: is_message(e)
                     and e.find("{jabber:x:data}x") is not None)
    changes(juliet, room, "nick='romeo' role='participant'")
    gajim.sees("presence", nick="romeo", is_self=True, role="participant")


def test_phchat_reads_what_was_said_and_is_put_out(suite, people, terminals,
                                                   room):
    name, juliet = people.account("romeo"), people.online("juliet")
    creates(juliet, room, "juliet", persistentroom=1)
    says(juliet, room, "said before")
    juliet.receives("said before")

    terminal = terminals(suite, name).sees("You are online")
    terminal.types(f"/join {room} Romeo").sees("juliet is here",
                                               "juliet: said before")
    juliet.receives_presence(f"{room}/Romeo")
    terminal.types("good evening")
    juliet.receives("good evening", f"{room}/Romeo")
    changes(juliet, room, "nick='Romeo' role='none'", "hush")
    terminal.sees("Romeo is gone")


def test_phchat_is_told_why_it_may_not_enter(suite, people, terminals, room):
    name, juliet = people.account("romeo"), people.online("juliet")
    creates(juliet, room, "juliet", membersonly=1)

    terminal = terminals(suite, name).sees("You are online")
    terminal.types(f"/join {room} Romeo").sees("The room is for members")


def test_phchat_says_that_a_nickname_is_taken(suite, people, terminals, room):
    name, juliet = people.account("romeo"), people.online("juliet")
    creates(juliet, room, "juliet")

    terminal = terminals(suite, name).sees("You are online")
    terminal.types(f"/join {room} JULIET").sees(
        "The name is taken")
