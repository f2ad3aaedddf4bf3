"""Clients that people use: slixmpp, libstrophe and Profanity."""
import asyncio
import os
import re
import subprocess
import tempfile
import time
import uuid
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import slixmpp
from slixmpp.componentxmpp import ComponentXMPP

from suite import BIN, PASSWORD


class Person(slixmpp.ClientXMPP):
    """A slixmpp client that remembers what it heard."""

    def __init__(self, suite, name):
        super().__init__(f"{name}@{suite.domain}", PASSWORD)
        self.suite = suite
        self.heard = asyncio.Queue()
        self.ca_certs = suite.env.get("PH_CA_FILE")
        for plugin in ("xep_0030", "xep_0054", "xep_0077", "xep_0092",
                       "xep_0045", "xep_0191", "xep_0198", "xep_0199", "xep_0202"):
            self.register_plugin(plugin)
        self.add_event_handler("message", lambda m: self.heard.put_nowait(m))

    async def comes_online(self):
        started = self.loop.create_future()
        self.add_event_handler("session_start",
                               lambda e: started.done()
                               or started.set_result(e))
        self.add_event_handler("failed_all_auth",
                               lambda e: started.set_exception(
                                   PermissionError("login refused")))
        self.connect(("127.0.0.1", self.suite.port("C2S")))
        await asyncio.wait_for(started, 15)
        await self.get_roster()
        self.send_presence()
        return self

    async def hears(self, body):
        message = await asyncio.wait_for(self.heard.get(), 10)
        assert message["body"] == body
        return message

    async def leaves(self):
        await asyncio.wait_for(self.disconnect(wait=1), 10)


def conversation(scene, seconds=60):
    """Runs a coroutine on a loop of its own, which slixmpp takes up."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(asyncio.wait_for(scene, seconds))
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()
        asyncio.set_event_loop(None)


def test_two_people_with_slixmpp_talk(suite, people):
    async def scene():
        romeo = await Person(suite, people.account("romeo")).comes_online()
        juliet = await Person(suite, people.account("juliet")).comes_online()

        romeo.send_message(juliet.boundjid.full, "from slixmpp", mtype="chat")
        message = await juliet.hears("from slixmpp")
        message.reply("and back").send()
        await romeo.hears("and back")

        await romeo.leaves()
        await juliet.leaves()

    conversation(scene())


def test_two_people_with_slixmpp_meet_in_a_room(suite, people):
    room = f"slixmpp-{uuid.uuid4()}@conference.localhost"

    async def scene():
        romeo = await Person(suite, people.account("romeo")).comes_online()
        juliet = await Person(suite, people.account("juliet")).comes_online()

        await romeo["xep_0045"].join_muc_wait(room, "romeo", timeout=10)
        form = await romeo["xep_0045"].get_room_config(room)
        form["type"] = "submit"
        await romeo["xep_0045"].set_room_config(room, form)
        await juliet["xep_0045"].join_muc_wait(room, "juliet", timeout=10)
        juliet.send_message(room, "from slixmpp", mtype="groupchat")

        while (await asyncio.wait_for(romeo.heard.get(), 10))["body"] \
                != "from slixmpp":
            pass
        assert set(romeo["xep_0045"].get_roster(room)) == {"romeo", "juliet"}
        await romeo.leaves()
        await juliet.leaves()

    conversation(scene())


def test_slixmpp_may_log_in_often(own_suite):
    """It tries four mechanisms in vain each time, none with a wrong
    password."""
    suite = own_suite(users=("romeo",), settings={
        "authd.login-rate": 20, "authd.account-login-rate": 20})

    async def scene():
        for _ in range(7):
            romeo = await Person(suite, "romeo").comes_online()
            await romeo.leaves()

    conversation(scene())


def test_slixmpp_asks_and_is_answered(suite, people):
    async def scene():
        romeo = await Person(suite, people.account("romeo")).comes_online()

        info = await romeo["xep_0030"].get_info(jid=suite.domain)
        assert "urn:xmpp:ping" in info["disco_info"]["features"]
        version = await romeo["xep_0092"].get_version(suite.domain)
        assert version["software_version"]["name"] == "Posthouse"
        await romeo["xep_0199"].ping(suite.domain)
        card = romeo["xep_0054"].make_vcard()
        card["FN"] = "Romeo"
        await romeo["xep_0054"].publish_vcard(card)
        kept = await romeo["xep_0054"].get_vcard(romeo.boundjid.bare)
        assert kept["vcard_temp"]["FN"] == "Romeo"

        await romeo.leaves()

    conversation(scene())


def test_friends_in_slixmpp(suite, people):
    async def scene():
        romeo = await Person(suite, people.account("romeo")).comes_online()
        juliet = await Person(suite, people.account("juliet")).comes_online()
        seen = romeo.loop.create_future()
        romeo.add_event_handler(
            "got_online", lambda p: p["from"].bare == juliet.boundjid.bare
            and not seen.done() and seen.set_result(p))

        romeo.send_presence_subscription(juliet.boundjid.bare)
        await asyncio.wait_for(seen, 10)

        await romeo.leaves()
        await juliet.leaves()

    conversation(scene())


def test_a_component_with_slixmpp(suite, people):
    async def scene():
        bot = ComponentXMPP("echo.localhost", "sesame", "127.0.0.1",
                            suite.port("COMPONENT"))
        ready = bot.loop.create_future()
        bot.add_event_handler("session_start",
                              lambda e: ready.set_result(True))
        bot.add_event_handler("message",
                              lambda m: m.reply("echo: " + m["body"]).send())
        bot.connect()
        await asyncio.wait_for(ready, 10)
        romeo = await Person(suite, people.account("romeo")).comes_online()

        romeo.send_message("any@echo.localhost", "hello", mtype="chat")
        await romeo.hears("echo: hello")

        await romeo.leaves()
        await asyncio.wait_for(bot.disconnect(wait=1), 10)

    conversation(scene())


def test_libstrophe_logs_in_and_talks_to_itself(suite, people):
    name = people.account("strophe")

    result = subprocess.run(
        [BIN / "strophe_client", f"{name}@localhost/c", PASSWORD, "127.0.0.1",
         str(suite.port("C2S"))], capture_output=True, text=True, timeout=30)

    assert result.returncode == 0, result.stderr


class Terminal:
    """Profanity in a tmux session of its own."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="posthouse-profanity-")
        self._socket = f"{self.home}/tmux"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-s", "p", "-x",
                   "120", "-y", "40",
                   f"env HOME={self.home} XDG_CONFIG_HOME={self.home}/config "
                   f"XDG_DATA_HOME={self.home}/data LC_ALL=C.UTF-8 "
                   "TERM=screen profanity -l DEBUG")

    def _tmux(self, *words):
        environment = {k: v for k, v in os.environ.items() if k != "TMUX"}
        return subprocess.run(["tmux", "-S", self._socket, *words],
                              capture_output=True, text=True, check=True,
                              env=environment).stdout

    def types(self, line):
        self._tmux("send-keys", "-t", "p", "-l", line)
        time.sleep(0.2)
        self._tmux("send-keys", "-t", "p", "Enter")

    def shows(self, text, timeout=20):
        deadline = time.monotonic() + timeout
        while True:
            screen = self._tmux("capture-pane", "-p", "-t", "p")
            if text in screen:
                return
            assert time.monotonic() < deadline, screen
            time.sleep(0.2)

    def questions(self):
        """Ids of what it has asked; id to answer of what came, from its log."""
        log = "".join(path.read_text(errors="replace") for path in
                      Path(self.home).rglob("profanity*.log"))
        asked = {element.get("id") for element in
                 map(ET.fromstring, re.findall(r"SENT: (<iq .*</iq>)", log))
                 if element.get("type") in ("get", "set")}
        came = re.findall(r"RECV: (<iq .*)", log)
        return asked, {re.search(r"""id=['"](.*?)['"]""", text)[1]: text
                       for text in came}

    def close(self):
        try:
            self._tmux("kill-server")
        except subprocess.CalledProcessError:
            pass
        subprocess.run(["rm", "-rf", self.home], check=False)


@pytest.fixture
def terminal():
    profanity = Terminal()
    yield profanity
    profanity.close()


def test_a_person_at_a_terminal_logs_in_and_chats(suite, people, terminal):
    name, juliet = people.account("romeo"), people.online("juliet")
    word = uuid.uuid4().hex[:8]

    terminal.shows("Profanity")
    terminal.types(f"/connect {name}@localhost server 127.0.0.1 "
                   f"port {suite.port('C2S')} tls trust")
    terminal.shows("password")
    terminal.types(PASSWORD)
    terminal.shows("logged in successfully")
    terminal.types(f"/msg {juliet.bare} hello {word}")
    heard = juliet.receives(f"hello {word}")
    juliet.send(heard.get("from"), f"answer {word}")
    terminal.shows(f"answer {word}")
