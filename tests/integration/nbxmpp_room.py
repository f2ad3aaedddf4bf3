#!/usr/bin/python3
"""An occupant on Gajim's stack: what nbxmpp makes of a room's stanzas is told as one
JSON object each, and what comes on standard input is done with nbxmpp's own calls.

  nbxmpp_room.py JID PORT

Each line of the input is a JSON list: a verb (a method of Occupant below), then its
arguments."""
import functools
import json
import sys
import threading
import traceback

from gi.repository import GLib
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import JID, Message, Presence
from nbxmpp.structs import StanzaHandler

from nbxmpp_client import Person, tell


_alive = []


def guarded(method):
    """nbxmpp keeps what goes wrong in a handler to itself, and no handler alive."""
    @functools.wraps(method)
    def call(*words):
        try:
            return method(*words)
        except Exception:
            tell("bug", text=traceback.format_exc())
            raise
    _alive.append(call)
    return call


class Occupant(Person):
    def __init__(self, jid, port):
        super().__init__(jid, port, None)
        for name, handler in (("presence", self.on_presence),
                              ("message", self.on_message)):
            self.client.register_handler(
                StanzaHandler(name, handler, priority=50))
        threading.Thread(target=self.read_lines, daemon=True).start()

    def read_lines(self):
        for line in sys.stdin:
            GLib.idle_add(self.do, json.loads(line))
        GLib.idle_add(self.loop.quit)

    @guarded
    def do(self, words):
        verb, *rest = words
        getattr(self, verb)(*rest)
        return False

    def run(self):
        self.client.connect()
        self.loop.run()

    @property
    def muc(self):
        return self.client.get_module("MUC")

    def on_answer(self, task):
        try:
            task.finish()
            tell("answer")
        except Exception as error:
            tell("refused", condition=getattr(error, "condition", str(error)))

    # --- what is seen -----------------------------------------------------
    @guarded
    def on_presence(self, _client, _stanza, p):
        if p.type.is_error:
            tell("presence-error", condition=p.error.condition)
            return
        if not p.from_muc:
            return
        user = p.muc_user
        tell("presence", nick=p.muc_nickname or "", type=p.type.value or "available",
             is_self=p.is_muc_self_presence, is_kicked=p.is_kicked,
             is_destroyed=p.is_muc_destroyed,
             codes=sorted(c.value for c in p.muc_status_codes or ()),
             new_nick=user.nick if p.is_nickname_changed else "",
             role=user.role.value if user else "",
             affiliation=user.affiliation.value if user else "",
             jid=str(user.jid) if user and user.jid else "",
             reason=(user.reason if user else None) or "",
             occupant_id=p.occupant_id or "")

    @guarded
    def on_message(self, _client, _stanza, p):
        if p.type.is_error:
            tell("message-error", condition=p.error.condition)
        elif p.muc_invite is not None:
            tell("invited", room=str(p.muc_invite.muc),
                 sender=str(p.muc_invite.from_),
                 reason=p.muc_invite.reason or "")
        elif p.is_voice_request:
            tell("voice-request", nick=p.voice_request.nick)
            self.muc.approve_voice_request(p.jid.new_as_bare(),
                                           p.voice_request)
        elif p.is_muc_subject:
            tell("subject", text=p.muc_subject.text or "",
                 author=p.muc_subject.author or "")
        elif p.is_muc_config_change:
            tell("config", codes=sorted(c.value for c in p.muc_status_codes))
        elif p.is_moderation:
            tell("moderation", id=p.moderation.stanza_id,
                 by=p.moderation.moderator_jid, reason=p.moderation.reason or "")
        elif p.body:
            tell("message", body=p.body, nick=p.muc_nickname or "",
                 is_private=p.is_muc_pm, is_late=p.has_server_delay,
                 occupant_id=p.occupant_id or "",
                 stanza_ids=[i.id for i in p.stanza_ids])

    # --- what is done -----------------------------------------------------
    def join(self, room, nick):
        presence = Presence(to=f"{room}/{nick}")
        presence.addChild("x", namespace=Namespace.MUC)
        self.client.send_stanza(presence)

    def leave(self, room, nick):
        self.client.send_stanza(Presence(to=f"{room}/{nick}",
                                         typ="unavailable"))

    def say(self, room, body):
        self.client.send_stanza(Message(to=room, body=body, typ="groupchat"))

    def whisper(self, to, body):
        message = Message(to=to, body=body, typ="chat")
        message.addChild("x", namespace=Namespace.MUC_USER)
        self.client.send_stanza(message)

    def nick(self, room, nick):
        self.client.send_stanza(Presence(to=f"{room}/{nick}"))

    def subject(self, room, text):
        self.muc.set_subject(JID.from_string(room), text)

    def configure(self, room, fields):
        @guarded
        def submit(task):
            form = task.finish().form
            for name, value in fields.items():
                form["muc#roomconfig_" + name].value = value
            form.type_ = "submit"
            self.muc.set_config(JID.from_string(room), form,
                                callback=self.on_answer)
        self.muc.request_config(JID.from_string(room), callback=submit)

    def role(self, room, nick, role):
        self.muc.set_role(JID.from_string(room), nick, role, "because",
                          callback=self.on_answer)

    def affiliation(self, room, jid, affiliation):
        self.muc.set_affiliation(
            JID.from_string(room),
            {JID.from_string(jid): {"affiliation": affiliation}},
            callback=self.on_answer)

    def list(self, room, affiliation):
        @guarded
        def told(task):
            tell("list", jids=sorted(map(str, task.finish().users)))
        self.muc.get_affiliation(JID.from_string(room), affiliation,
                                 callback=told)

    def take_back(self, room, stanza_id, reason):
        self.client.get_module("Moderation").send_retract_request(
            JID.from_string(room), stanza_id, reason, callback=self.on_answer)

    def invite(self, room, jid):
        self.muc.invite(JID.from_string(room), JID.from_string(jid), None,
                        "come")

    def voice(self, room):
        self.muc.request_voice(JID.from_string(room))

    def info(self, room):
        @guarded
        def told(task):
            info = task.finish()
            tell("info", name=info.muc_name or "",
                 is_moderated=info.muc_is_moderated,
                 takes_back=info.has_message_moderation,
                 is_members_only=info.muc_is_members_only,
                 is_persistent=info.muc_is_persistent,
                 is_semianonymous=info.muc_is_semianonymous)
        self.client.get_module("Discovery").disco_info(
            JID.from_string(room), callback=told)

    def destroy(self, room):
        self.muc.destroy(JID.from_string(room), "the end",
                         callback=self.on_answer)


if __name__ == "__main__":
    Occupant(*sys.argv[1:3]).run()
