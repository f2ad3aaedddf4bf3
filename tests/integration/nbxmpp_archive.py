#!/usr/bin/python3
"""A client on Gajim's stack that does what it is told with archives and carbons:

  nbxmpp_archive.py JID PORT

A line of standard input is a JSON object: {"do": "query", …}, "preferences",
"set-preferences", "carbons", "send". It tells one JSON object for each event: the
answer, an error's condition, each message that the stack takes for one, with what it
knows of it."""
import json
import sys
import threading
from datetime import datetime

from gi.repository import GLib
from nbxmpp.errors import StanzaError
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import Message
from nbxmpp.structs import StanzaHandler

from nbxmpp_client import Person, node, tell


class Reader(Person):
    def __init__(self, jid, port):
        super().__init__(jid, port, None)
        self.waiting = []
        self.client.register_handler(
            StanzaHandler("message", self.on_message, priority=50))

    def begin(self):
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in sys.stdin:
            GLib.idle_add(self.obey, json.loads(line))

    def obey(self, order):
        verb = order.pop("do").replace("-", "_")
        getattr(self, f"do_{verb}")(**order)

    @property
    def mam(self):
        return self.client.get_module("MAM")

    def answered(self, about):
        """A callback that tells what the stack makes of an answer."""
        def check(task):
            try:
                about(task.finish())
            except StanzaError as error:
                tell("refused", condition=error.condition, kind=error.type)
            except Exception as error:  # the stack does not understand it
                tell("misunderstood", text=repr(error))
        self.waiting.append(check)  # the stack does not keep it
        return check

    def do_query(self, jid=None, start=None, end=None, **options):
        times = {name: datetime.fromisoformat(value) for name, value in
                 (("start", start), ("end", end)) if value}
        if "max" in options:
            options["max_"] = options.pop("max")
        self.mam.make_query(
            jid or self.jid.split("/")[0], queryid="q", **times, **options,
            callback=self.answered(lambda found: tell(
                "page", complete=found.complete, first=found.rsm.first,
                last=found.rsm.last, count=found.rsm.count)))

    def do_preferences(self):
        self.mam.request_preferences(callback=self.answered(
            lambda prefs: tell("preferences", default=prefs.default,
                               always=list(map(str, prefs.always)),
                               never=list(map(str, prefs.never)))))

    def do_set_preferences(self, **prefs):
        self.mam.set_preferences(**prefs, callback=self.answered(
            lambda _: tell("set")))

    def do_carbons(self):
        self.ask("set", None, node("enable", Namespace.CARBONS),
                 lambda _: tell("carbons"))

    def do_send(self, to, body):
        self.client.send_stanza(Message(to, body, typ="chat"))

    def on_message(self, _client, stanza, properties):
        own = str(properties.own_jid.new_as_bare())
        tell("message", body=properties.body,
             stanza_ids=[i.id for i in properties.stanza_ids
                         if str(i.by) == own],
             id=properties.mam and properties.mam.id,
             archive=properties.mam and str(properties.mam.archive),
             time=properties.mam and properties.mam.timestamp,
             carbon=properties.carbon and properties.carbon.type)


if __name__ == "__main__":
    Reader(*sys.argv[1:3]).run()
