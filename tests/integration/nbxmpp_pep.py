#!/usr/bin/python3
"""Personal eventing by Gajim's stack (nbxmpp): publishes and reads what Gajim
keeps there, and hears of it.

  nbxmpp_pep.py JID PORT

It tells one JSON object for each step, and ends with the last."""
import hashlib
import json
import os
import sys

from gi.repository import GLib
from nbxmpp.client import Client
from nbxmpp.const import ConnectionProtocol, ConnectionType, Mode
from nbxmpp.modules.user_avatar import Avatar
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import JID, Presence
from nbxmpp.structs import BookmarkData, DiscoIdentity, StanzaHandler

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
NAME = hashlib.sha1(PICTURE).hexdigest()
INTERESTS = [Namespace.OMEMO_TEMP_DL, Namespace.AVATAR_METADATA,
             Namespace.BOOKMARKS_1, Namespace.NICK]


class Person:
    def __init__(self, jid, port):
        user, domain = jid.split("@")
        client = self.client = Client()
        client.set_username(user)
        client.set_domain(domain)
        client.set_resource("gajim")
        client.set_password(os.environ["PASSWORD"])
        client.set_mode(Mode.CLIENT)
        client.set_custom_host(f"127.0.0.1:{port}", ConnectionProtocol.TCP,
                               ConnectionType.START_TLS)
        client.set_connection_types([ConnectionType.START_TLS])
        client.set_ignore_tls_errors(True)
        client.subscribe("connected", self.on_login)
        client.register_handler(StanzaHandler(
            "message", self.on_event, ns=Namespace.PUBSUB_EVENT, priority=50))
        self.loop = GLib.MainLoop()
        self.heard = set()
        self.failed = False
        avatar = Avatar()
        avatar.add_image_source(PICTURE, "image/png", 1, 1)
        hall = BookmarkData(jid=JID.from_string("hall@rooms.localhost"),
                            name="Hall", nick="Puck", autojoin=True)
        self.steps = [
            # module, method, arguments, what the answer is
            ("OMEMO", "set_devicelist", ([31415],), None),
            ("OMEMO", "request_devicelist", (), lambda r: r == [31415]),
            ("UserAvatar", "set_avatar", (avatar, True), None),
            ("UserAvatar", "request_avatar_metadata", (),
             lambda r: r.avatar_shas == [NAME]),
            ("UserAvatar", "request_avatar_data", (NAME,),
             lambda r: r.data == PICTURE),
            # Another access: Gajim changes the node and publishes again.
            ("UserAvatar", "set_avatar", (avatar, False), None),
            ("NativeBookmarks", "store_bookmarks", ([hall],), None),
            ("NativeBookmarks", "request_bookmarks", (),
             lambda r: [(str(b.jid), b.name, b.nick, b.autojoin) for b in r] ==
             [("hall@rooms.localhost", "Hall", "Puck", True)]),
            ("PrivateBookmarks", "request_bookmarks", (),
             lambda r: [str(b.jid) for b in r] == ["hall@rooms.localhost"]),
            ("NativeBookmarks", "retract_bookmark",
             (JID.from_string("hall@rooms.localhost"),), None),
            ("Nickname", "set_nickname", ("Romeo",), None),
        ]

    def run(self):
        GLib.timeout_add_seconds(30, self.fail, "too late")
        self.client.connect()
        self.loop.run()
        return not self.failed

    def fail(self, why):
        print(json.dumps({"error": str(why), "left": len(self.steps)}),
              flush=True)
        self.failed = True
        self.loop.quit()

    def on_login(self, *_):
        caps = self.client.get_module("EntityCaps")
        caps.set_caps([DiscoIdentity(category="client", type="pc",
                                     name="Gajim")],
                      [Namespace.DISCO_INFO,
                       *(ns + "+notify" for ns in INTERESTS)],
                      "https://gajim.org")
        presence = Presence()
        presence.setTag("c", namespace=Namespace.CAPS, attrs={
            "hash": "sha-1", "node": caps.caps.node, "ver": caps.caps.ver})
        self.client.send_stanza(presence)
        self.next_step()

    def on_event(self, _client, _stanza, properties):
        if properties.pubsub_event is not None:
            self.heard.add(properties.pubsub_event.node)

    def next_step(self):
        if not self.steps:
            GLib.timeout_add(500, self.ends)
            return
        module, method, arguments, _ = self.steps[0]
        getattr(self.client.get_module(module), method)(
            *arguments, callback=self.on_answer)

    def on_answer(self, task):
        module, method, _, check = self.steps[0]
        try:
            result = task.finish()
        except Exception as error:  # whatever nbxmpp makes of it
            self.fail(f"{module}.{method}: {error!r}")
            return
        if check and not check(result):
            self.fail(f"{module}.{method}: {result!r}")
            return
        print(json.dumps({"step": f"{module}.{method}"}), flush=True)
        del self.steps[0]
        self.next_step()

    def ends(self):
        print(json.dumps({"heard": sorted(self.heard)}), flush=True)
        self.loop.quit()


if __name__ == "__main__":
    sys.exit(0 if Person(*sys.argv[1:]).run() else 1)
