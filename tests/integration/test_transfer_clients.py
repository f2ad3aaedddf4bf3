"""Files between phchat, slixmpp and a client on Gajim's stack: each to each,
through the proxy, and from phchat directly, with equal hashes."""
import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

from suite import BIN, PASSWORD
from test_clients import Person, conversation

HERE = Path(__file__).resolve().parent
BYTESTREAMS = "http://jabber.org/protocol/bytestreams"
PROXY = "proxy.localhost"


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class Program:
    """A client in a process of its own, which tells JSON events."""

    def __init__(self, words, talks=False):
        self.process = subprocess.Popen(
            [str(w) for w in words], text=True, stdout=subprocess.PIPE,
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            env={**os.environ, "PHCHAT_PASSWORD": PASSWORD,
                 "PASSWORD": PASSWORD})
        self.jid = None

    async def event(self, *names):
        loop = asyncio.get_running_loop()
        while True:
            line = await asyncio.wait_for(loop.run_in_executor(
                None, self.process.stdout.readline), 150)
            assert line, f"it ended with {self.process.wait()}"
            event = json.loads(line)
            assert event["event"] != "error", event
            if event["event"] in names:
                return event

    async def comes_online(self):
        self.jid = (await self.event("online"))["jid"]
        return self

    async def is_through(self):
        return await self.event("file")

    async def leaves(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def phchat(suite, user, *words):
    return Program([BIN / "phchat", "--jid", f"{user}@localhost", "--server",
                    f"127.0.0.1:{suite.port('C2S')}", "--ca",
                    suite.env["PH_CA_FILE"], "--json", *words])


def nbxmpp(suite, user, *words):
    return Program([sys.executable, HERE / "nbxmpp_client.py",
                    f"{user}@localhost", suite.port("C2S"), PROXY, *words])


class Slixmpp(Person):
    """A slixmpp client that sends or takes one file by stream initiation."""

    def __init__(self, suite, user, path):
        super().__init__(suite, user)
        self.path = path
        self.done = self.loop.create_future()
        for plugin in ("xep_0065", "xep_0095", "xep_0096"):
            self.register_plugin(plugin)
        # Its own is a coroutine that nobody awaits.
        self.remove_handler("SI Request")
        self.register_handler(Callback("SI", StanzaPath("iq@type=set/si"),
                                       self.on_offer))
        self.add_event_handler("socks5_data", self.on_data)
        self.add_event_handler("socks5_closed", self.on_closed)

    @property
    def jid(self):
        return self.boundjid.full

    def on_offer(self, iq):
        self.file = open(self.path, "wb")
        self.left = int(iq["si"]["file"]["size"])
        self["xep_0065"].auto_accept = True
        reply = iq.reply()
        reply["si"]["feature_neg"]["form"]["type"] = "submit"
        reply["si"]["feature_neg"]["form"].add_field(
            var="stream-method", ftype="list-single",
            value=BYTESTREAMS)
        reply.send()

    def on_data(self, data):
        self.file.write(data)
        self.left -= len(data)
        if self.left <= 0:
            self.on_closed(None)

    def on_closed(self, _):
        """It is told of every streamhost that it has tried, too."""
        if hasattr(self, "file") and self.left <= 0 and not self.done.done():
            self.file.close()
            self.done.set_result(None)

    async def sends(self, to):
        sid = os.urandom(8).hex()
        await self["xep_0096"].request_file_transfer(
            to, sid=sid, name=self.path.name, size=self.path.stat().st_size,
            methods=[{"value": BYTESTREAMS}])
        road = await self["xep_0065"].handshake(to, sid=sid)
        with open(self.path, "rb") as file:
            while block := file.read(1 << 16):
                await road.write(block)
        road.transport.write_eof()

    async def is_through(self):
        await asyncio.wait_for(self.done, 120)


def relayed_by(suite):
    """How many transfers have begun at the proxy."""
    line = next(x for x in suite.ctl("status").stdout.splitlines()
                if x.startswith("proxy65d.0"))
    numbers = dict(word.split("=") for word in line.split()[1:])
    return int(numbers["streams"]) + int(numbers["transfers"])


def make_file(path, size):
    """Random in its first megabyte, then what costs no disk."""
    with open(path, "wb") as file:
        file.write(os.urandom(min(size, 1 << 20)))
        file.truncate(size)
    return path


@pytest.fixture
def friends(people):
    """Two accounts that are friends, neither online."""
    pair = people.friends()
    for person in pair:
        person.close()
    return [p.bare.split("@")[0] for p in pair]


async def receiver(kind, suite, user, folder):
    if kind == "phchat":
        program = phchat(suite, user, "--folder", folder, "watch")
        return await program.comes_online(), folder / "out.bin"
    path = folder / "in.bin"
    if kind == "nbxmpp":
        return await nbxmpp(suite, user, "receive", path).comes_online(), path
    return await Slixmpp(suite, user, path).comes_online(), path


async def passes(suite, friends, kinds, source, folder):
    """The hash of what has come."""
    target, path = await receiver(kinds[1], suite, friends[1], folder)
    if kinds[0] == "slixmpp":
        sender = await Slixmpp(suite, friends[0], source).comes_online()
        await sender.sends(target.jid)
    else:
        program, *words = {
            "phchat": (phchat, "--proxy-only", "sendfile"),
            "direct": (phchat, "sendfile"), "nbxmpp": (nbxmpp, "send"),
            "jingle": (nbxmpp, "jingle")}[kinds[0]]
        sender = await program(suite, friends[0], *words, target.jid,
                               source).comes_online()
        await sender.is_through()
    await target.is_through()
    await sender.leaves()
    await target.leaves()
    return sha256(path)


def everybody_to_everybody():
    """phchat on both ways, through the proxy and directly; Jingle is another
    stack's."""
    senders = ("phchat", "direct", "slixmpp", "nbxmpp")
    pairs = [(a, b) for a in senders for b in ("phchat", "slixmpp", "nbxmpp")]
    return pairs + [("jingle", "nbxmpp")]


@pytest.mark.parametrize("size", [0, 1, (64 << 10) + 1, 16 << 20])
@pytest.mark.parametrize("kinds", everybody_to_everybody(), ids="-".join)
def test_a_file_passes_between_clients(suite, friends, tmp_path, kinds, size):
    source = make_file(tmp_path / "out.bin", size)
    folder = tmp_path / "in"
    folder.mkdir()
    before = relayed_by(suite)

    async def scene():
        assert await passes(suite, friends, kinds, source, folder) \
            == sha256(source)

    conversation(scene(), seconds=60)
    assert relayed_by(suite) - before == (0 if kinds[0] == "direct" else 1)


GIBIBYTE = 1 << 30
# With POSTHOUSE_LONG=1 it passes between all of them.
FAR = [pair for pair in everybody_to_everybody()
       if os.environ.get("POSTHOUSE_LONG") or pair == ("phchat", "phchat")]


@pytest.mark.parametrize("kinds", FAR, ids="-".join)
def test_a_gibibyte_arrives_whole(suite, friends, tmp_path, kinds):
    source = make_file(tmp_path / "out.bin", GIBIBYTE)
    folder = tmp_path / "in"
    folder.mkdir()
    try:
        async def scene():
            assert await passes(suite, friends, kinds, source, folder) \
                == sha256(source)

        conversation(scene(), seconds=300)
    finally:
        for path in (source, *folder.iterdir()):
            path.unlink()
