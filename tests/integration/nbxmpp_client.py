#!/usr/bin/python3
"""A client on Gajim's stack (nbxmpp and GLib's main loop) that sends or receives one
file through the proxy, or takes it where its sender is: by stream initiation (XEP-0095/0096 with 0065), or by
Jingle as Gajim does (XEP-0166/0234 with 0260).

  nbxmpp_client.py JID PORT PROXY receive PATH
  nbxmpp_client.py JID PORT PROXY send|jingle TO PATH

PORT is one for STARTTLS on this host, or the URL of a WebSocket.

It tells one JSON object for each event, and ends with the file."""
import hashlib
import json
import os
import socket
import sys
import threading

from gi.repository import GLib
from nbxmpp.client import Client
from nbxmpp.const import ConnectionProtocol, ConnectionType, Mode
from nbxmpp.protocol import Iq, NodeProcessed, Presence
from nbxmpp.simplexml import Node
from nbxmpp.structs import StanzaHandler

SI = "http://jabber.org/protocol/si"
SI_FILE = SI + "/profile/file-transfer"
FEATURE = "http://jabber.org/protocol/feature-neg"
S5B = "http://jabber.org/protocol/bytestreams"
JINGLE = "urn:xmpp:jingle:1"
JINGLE_FILE = "urn:xmpp:jingle:apps:file-transfer:5"
JINGLE_S5B = "urn:xmpp:jingle:transports:s5b:1"
HASHES = "urn:xmpp:hashes:2"
BLOCK = 1 << 20


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def node(tag, ns=None, children=(), text=None, **attributes):
    made = Node(tag, attrs={k: str(v) for k, v in attributes.items()})
    if ns:
        made.setNamespace(ns)
    if text is not None:
        made.setData(text)
    for child in children:
        made.addChild(node=child)
    return made


def at_host(host, port, key):
    """A SOCKS5 connection; at a proxy it waits for its activation."""
    sock = socket.create_connection((host, int(port)), 10)
    sock.sendall(b"\5\1\0")
    assert sock.recv(2, socket.MSG_WAITALL) == b"\5\0"
    sock.sendall(b"\5\1\0\3\x28" + key.encode() + b"\0\0")
    assert sock.recv(47, socket.MSG_WAITALL)[:2] == b"\5\0"
    sock.settimeout(None)
    return sock


class Person:
    def __init__(self, jid, port, proxy):
        self.proxy, self.sid = proxy, os.urandom(8).hex()
        user, domain = jid.split("@")
        client = self.client = Client()
        client.set_username(user)
        client.set_domain(domain)
        client.set_resource("nbxmpp")
        client.set_password(os.environ["PASSWORD"])
        client.set_mode(Mode.CLIENT)
        if port.startswith("wss:"):
            way = ConnectionType.DIRECT_TLS
            client.set_custom_host(port, ConnectionProtocol.WEBSOCKET, way)
            client.set_protocols([ConnectionProtocol.WEBSOCKET])
        else:
            way = ConnectionType.START_TLS
            client.set_custom_host(f"127.0.0.1:{port}", ConnectionProtocol.TCP,
                                   way)
        client.set_connection_types([way])
        client.set_ignore_tls_errors(True)
        client.subscribe("connected", self.on_login)
        for signal in ("connection-failed", "disconnected"):
            client.subscribe(signal, self.on_end)
        for ns, handler in ((SI, self.on_si), (S5B, self.on_streamhosts),
                            (JINGLE, self.on_jingle)):
            client.register_handler(StanzaHandler("iq", handler, typ="set",
                                                  ns=ns))
        self.loop = GLib.MainLoop()
        self.over = False

    def run(self):
        GLib.timeout_add_seconds(60, self.fail, "too late")
        self.client.connect()
        self.loop.run()
        assert self.over

    def fail(self, why):
        tell("error", text=why)
        self.loop.quit()

    def on_login(self, *_):
        self.jid = str(self.client.get_bound_jid())
        self.client.send_stanza(Presence())
        tell("online", jid=self.jid)
        self.begin()

    def on_end(self, *_):
        if not self.over:
            self.fail(f"lost: {self.client.get_error()}")

    def begin(self):
        pass

    def on_si(self, *_):
        pass

    on_streamhosts = on_jingle = on_si

    # --- what both sides need ---------------------------------------------
    def ask(self, kind, to, payload, answered):
        iq = Iq(kind, to=to)
        iq.addChild(node=payload)

        def check(_client, answer):
            if answer.getType() == "error":
                self.fail(str(answer))
            else:
                answered(answer)
        self.client.SendAndCallForResponse(iq, check)

    def answer(self, iq, payload=None):
        reply = iq.buildReply("result")
        for child in list(reply.getChildren()):
            reply.delChild(child)
        if payload:
            reply.addChild(node=payload)
        self.client.send_stanza(reply)

    def key(self, initiator, target):
        return hashlib.sha1(
            f"{self.sid}{initiator}{target}".encode()).hexdigest()

    def in_background(self, work, done):
        def run():
            result = work()
            GLib.idle_add(done, result)
        threading.Thread(target=run, daemon=True).start()

    def ends(self, path):
        self.over = True
        tell("file", size=os.path.getsize(path), sha256=sha256(path))
        GLib.timeout_add(500, self.loop.quit)


class Sender(Person):
    def __init__(self, *words, to, path):
        super().__init__(*words)
        self.to, self.path = to, path

    def begin(self):
        self.ask("get", self.proxy, node("query", S5B), self.on_proxy)

    def on_proxy(self, answer):
        host = answer.getTag("query").getTag("streamhost")
        self.host, self.port = host.getAttr("host"), host.getAttr("port")
        self.offer()

    def activate(self, *_):
        self.sock = at_host(self.host, self.port, self.key(self.jid, self.to))
        self.ask("set", self.proxy, node("query", S5B, [
            node("activate", text=self.to)], sid=self.sid), self.pour)

    def pour(self, *_):
        def work():
            with open(self.path, "rb") as file:
                self.sock.sendfile(file)
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.recv(1)
        self.in_background(work, lambda _: self.ends(self.path))


class StreamInitiator(Sender):
    def offer(self):
        option = node("option", children=[node("value", text=S5B)])
        field = node("field", children=[option], var="stream-method",
                     type="list-single")
        form = node("x", "jabber:x:data", [field], type="form")
        size = os.path.getsize(self.path)
        file = node("file", SI_FILE, name=os.path.basename(self.path), size=size)
        self.ask("set", self.to, node("si", SI, [
            file, node("feature", FEATURE, [form])], id=self.sid,
            profile=SI_FILE), self.on_accepted)

    def on_accepted(self, _):
        self.ask("set", self.to, node("query", S5B, [
            node("streamhost", jid=self.proxy, host=self.host,
                 port=self.port)], sid=self.sid, mode="tcp"), self.activate)


def content(transport_children, file=(), sid=None, key=None):
    """A Jingle content as both sides write it."""
    transport = node("transport", JINGLE_S5B, transport_children, sid=sid)
    if key:
        transport.setAttr("dstaddr", key)
    description = [node("description", JINGLE_FILE, [node("file", None, file)])]
    return node("content", children=(description if file else [])
                + [transport], creator="initiator", name="file",
                senders="initiator")


class JingleSender(Sender):
    def offer(self):
        candidate = node("candidate", cid="p", jid=self.proxy, host=self.host,
                         port=self.port, type="proxy", priority=655360)
        file = [node("name", text=os.path.basename(self.path)),
                node("size", text=str(os.path.getsize(self.path))),
                node("hash", HASHES, text="", algo="sha-256")]
        self.jingle("session-initiate", content(
            [candidate], file, self.sid, self.key(self.jid, self.to)),
            initiator=self.jid)

    def jingle(self, action, what, **more):
        self.ask("set", self.to, node("jingle", JINGLE, [what], action=action,
                                      sid=self.sid, **more), lambda _: None)

    def on_jingle(self, _client, iq, _properties):
        action = iq.getTag("jingle").getAttr("action")
        self.answer(iq)
        if action == "transport-info":
            self.sock = at_host(self.host, self.port,
                                 self.key(self.jid, self.to))
            self.ask("set", self.proxy, node("query", S5B, [
                node("activate", text=self.to)], sid=self.sid), self.on_active)
        raise NodeProcessed

    def on_active(self, _):
        self.jingle("transport-info", content([node("activated", cid="p")],
                                              sid=self.sid))
        self.pour()


class Receiver(Person):
    def __init__(self, *words, path):
        super().__init__(*words)
        self.path = path

    def on_si(self, _client, iq, _properties):
        self.sid = iq.getTag("si").getAttr("id")
        field = node("field", children=[node("value", text=S5B)],
                     var="stream-method")
        form = node("x", "jabber:x:data", [field], type="submit")
        self.answer(iq, node("si", SI, [node("feature", FEATURE, [form])]))
        raise NodeProcessed

    def on_streamhosts(self, _client, iq, _properties):
        host = iq.getTag("query").getTags("streamhost")[0]
        self.reach(host, str(iq.getFrom()))
        self.answer(iq, node("query", S5B, [
            node("streamhost-used", jid=host.getAttr("jid"))], sid=self.sid))
        self.drain()
        raise NodeProcessed

    def on_jingle(self, _client, iq, _properties):
        jingle, peer = iq.getTag("jingle"), str(iq.getFrom())
        self.answer(iq)
        if jingle.getAttr("action") == "session-initiate":
            transport = jingle.getTag("content").getTag("transport")
            self.sid = transport.getAttr("sid")
            self.reach(transport.getTag("candidate"), peer)
            assert transport.getAttr("dstaddr") == self.key(peer, self.jid)
            for action, inside in (("session-accept", ()), ("transport-info", [
                    node("candidate-used", cid="p")])):
                self.ask("set", peer, node("jingle", JINGLE, [
                    content(inside, sid=self.sid)], action=action,
                    sid=jingle.getAttr("sid")), lambda _: None)
            self.drain()
        raise NodeProcessed

    def reach(self, host, peer):
        self.sock = at_host(host.getAttr("host"), host.getAttr("port"),
                             self.key(peer, self.jid))

    def drain(self):
        def work():
            with open(self.path, "wb") as file:
                while block := self.sock.recv(BLOCK):
                    file.write(block)
            self.sock.close()
        self.in_background(work, lambda _: self.ends(self.path))


def main():
    first, verb, rest = sys.argv[1:4], sys.argv[4], sys.argv[5:]
    if verb == "receive":
        Receiver(*first, path=rest[0]).run()
    else:
        kind = {"send": StreamInitiator, "jingle": JingleSender}[verb]
        kind(*first, to=rest[0], path=rest[1]).run()


if __name__ == "__main__":
    main()
