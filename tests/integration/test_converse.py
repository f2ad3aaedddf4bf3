"""Converse.js, the client that people have in a browser, in a real one: a person types
and clicks, and looks at what the page shows."""
import asyncio
import http.server
import json
import threading
import uuid

import pytest
from slixmpp.exceptions import IqError

from browser import Browser
from federation import Wire
from suite import BIN, PASSWORD
from test_clients import Person, conversation

CONVERSE = BIN.parent / "converse.js" / "package"

# `probe` lets the test ask what no page shows: how the stream does, and which
# questions have had their answers.
PAGE = """<!doctype html><html><head><meta charset='utf-8'>
<link rel='stylesheet' href='/dist/converse.min.css'>
<script type='module' src='/dist/converse.min.js'></script></head>
<body class='converse-fullscreen'><script type='module'>
window.asked = {};
converse.plugins.add('probe', {initialize() {
    window.app = this._converse;
    app.api.listen.on('connectionInitialized', () => {
        const connection = app.api.connection.get();
        const note = (each) => (stanza) => (stanza.tagName === 'iq' ? [stanza]
            : [...stanza.children].filter(e => e.tagName === 'iq')).forEach(each);
        connection.xmlOutput = note(e => {
            if (/get|set/.test(e.getAttribute('type')))
                asked[e.id] = {question: e.outerHTML};
        });
        connection.xmlInput = note(e => {
            if (asked[e.id]) asked[e.id].answer = e.outerHTML;
        });
    });
}});
converse.initialize(%s);
</script></body></html>"""


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if not self.path.startswith("/?"):
            super().do_GET()
            return
        settings = {"whitelisted_plugins": ["probe"], "i18n": "en",
                    "view_mode": "fullscreen", "assets_path": "/dist/"}
        if port := int(self.path[2:]):
            settings |= {
                "websocket_url": f"wss://localhost:{port}/xmpp-websocket",
                "discover_connection_methods": False}
        page = (PAGE % json.dumps(settings)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def web():
    """The site that the company has the client on; its address."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0),
        lambda *words: Handler(*words, directory=CONVERSE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class Converse(Browser):
    """At a port, or at the one that host-meta of the domain tells (XEP-0156)."""

    def __init__(self, web, suite, port=0):
        super().__init__(
            f"{web}/?{port}", suite.env["PH_CA_FILE"],
            f"--host-resolver-rules=MAP {suite.domain}:443 "
            f"127.0.0.1:{suite.port('WEB')}")
        self._domain = suite.domain

    async def logs_in(self, name):
        await self.types("input[name=jid]", f"{name}@{self._domain}")
        await self.types("input[name=password]", PASSWORD)
        await self.clicks("#converse-login button[type=submit]")
        await self.shows("converse-user-profile")
        await self.comes_to("app.api.connection.connected()", "login")

    async def session(self, key):
        return await self.evaluates(f"app.session.get({json.dumps(key)})")

    async def has_its_answers(self):
        """Everything that it has asked was answered, and refused only as what is not
        there yet."""
        await self.comes_to("Object.values(asked).length > 10 && "
                            "Object.values(asked).every(a => a.answer)",
                            "answer to each question")
        refused = await self.evaluates(
            "Object.values(asked).filter(a => / type=.error./.test(a.answer))")
        assert all("item-not-found" in each["answer"] for each in refused), refused

    async def opens_chat(self, jid):
        await self.clicks(f".open-chat[data-jid='{jid}']")

    async def enters(self, room, nick):
        await self.clicks(".show-add-muc-modal")
        # It takes the focus once it has faded in.
        await self.comes_to("document.activeElement.name === 'chatroom'")
        await self.types("converse-add-muc-modal input[name=chatroom]", room)
        await self.types("converse-add-muc-modal input[name=nickname]", nick)
        await self.clicks("converse-add-muc-modal input[type=submit]")
        await self.shows("converse-muc-occupants", nick)

    async def says(self, text):
        await self.types("textarea.chat-textarea", text, enter=True)

    async def reads(self, text):
        await self.shows(".chat-msg__text", text)


def friends(suite, people):
    """Names of two who have each other in the roster."""
    pair = people.friends("romeo", "juliet")
    names = [each.bare.split("@")[0] for each in pair]
    for each in pair:
        each.leaves()
    return names


async def devices(friend, of):
    """The keys for OMEMO, where a friend looks for them; they come some time
    after the login."""
    while True:
        try:
            return await friend["xep_0060"].get_items(
                of, "eu.siacs.conversations.axolotl.devicelist")
        except IqError as error:
            if error.condition != "item-not-found":
                raise
            await asyncio.sleep(0.2)


def test_friends_chat_and_the_archive_keeps_it(suite, people, web):
    romeo, juliet = friends(suite, people)
    word = uuid.uuid4().hex

    async def scene():
        friend = Person(suite, juliet)
        friend.register_plugin("xep_0060")
        await friend.comes_online()
        async with Converse(web, suite) as browser:
            await browser.logs_in(romeo)
            mechanism = await browser.evaluates(
                "app.api.connection.get()._sasl_mechanism.mechname")
            assert mechanism.startswith("SCRAM-SHA-")
            row = f".open-chat[data-jid='{friend.boundjid.bare}']"
            await browser.shows(f"{row} .contact-name--online")
            friend.send_presence(pshow="dnd", pstatus="rehearsing")
            await browser.shows(f"{row} .contact-name--dnd")

            await browser.opens_chat(friend.boundjid.bare)
            await browser.says(f"from a browser {word}")
            heard = await friend.hears(f"from a browser {word}")
            heard.reply(f"to a browser {word}").send()
            await browser.reads(f"to a browser {word}")
            await browser.has_its_answers()
            keys = await devices(friend, f"{romeo}@{suite.domain}")
            assert keys["pubsub"]["items"].xml.find(
                ".//{eu.siacs.conversations.axolotl}device") is not None

        async with Converse(web, suite) as browser:
            await browser.logs_in(romeo)
            await browser.opens_chat(friend.boundjid.bare)
            await browser.reads(f"from a browser {word}")
            await browser.reads(f"to a browser {word}")
        await friend.leaves()

    conversation(scene(), 150)


def test_people_in_browsers_and_others_meet_in_a_room(suite, people, web):
    room = f"stage-{uuid.uuid4()}@conference.{suite.domain}"

    async def scene():
        juliet = await Person(suite, people.account("juliet")).comes_online()
        async with Converse(web, suite) as browser:
            await browser.logs_in(people.account("romeo"))
            await browser.enters(room, "romeo")
            # A new room is locked until its owner has seen the form.
            await browser.comes_to(
                f"app.api.rooms.get({json.dumps(room)})"
                ".then(r => r.getOwnAffiliation() === 'owner')", "own room")
            await juliet["xep_0045"].join_muc_wait(room, "juliet", timeout=20)
            await browser.shows("converse-muc-occupants", "juliet")

            juliet.send_message(room, "to the room", mtype="groupchat")
            await browser.reads("to the room")
            await browser.says("from a browser")
            while (await asyncio.wait_for(juliet.heard.get(), 20))["body"] \
                    != "from a browser":
                pass
        await juliet.leaves()

    conversation(scene(), 150)


def test_a_dropped_connection_is_resumed(suite, people, web):
    """What was said meanwhile comes once, and nobody saw the person leave."""
    romeo, juliet = friends(suite, people)
    word = uuid.uuid4().hex

    async def scene():
        friend = await Person(suite, juliet).comes_online()
        seen = []
        friend.add_event_handler(
            "presence_unavailable", lambda p: seen.append(p["from"].bare))
        with Wire(suite.port("WEB")) as wire:
            async with Converse(web, suite, wire.port) as browser:
                await browser.logs_in(romeo)
                await browser.opens_chat(friend.boundjid.bare)
                await browser.comes_to("app.session.get('smacks_stream_id')")
                jid = await browser.session("jid")
                await browser.says(f"before {word}")
                await friend.hears(f"before {word}")

                seen.clear()
                wire.cut()
                friend.send_message(jid, f"meanwhile {word}", mtype="chat")
                await browser.reads(f"meanwhile {word}")
                await browser.comes_to("app.session.get('smacks_resumed')")
                assert await browser.session("jid") == jid
                assert wire.calls == 2
                await browser.says(f"after {word}")
                await friend.hears(f"after {word}")
                assert await browser.evaluates(
                    "[...document.querySelectorAll('.chat-msg__text')].filter("
                    f"e => e.textContent.includes('{word}')).length") == 3
        assert f"{romeo}@{suite.domain}" not in seen
        await friend.leaves()

    conversation(scene(), 150)
