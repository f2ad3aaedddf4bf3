"""XMPP over WebSocket (RFC 7395) and how clients find it (XEP-0156)."""
import asyncio
import base64
import contextlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import websockets

from suite import PASSWORD
from xmpp import TIMEOUT

FRAMING = "{urn:ietf:params:xml:ns:xmpp-framing}"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
CLIENT = Path(__file__).with_name("nbxmpp_client.py")


def tls_of(suite):
    context = ssl.create_default_context(cafile=suite.env["PH_CA_FILE"])
    context.check_hostname = False
    return context


class Browser:
    """A client that speaks in messages of a WebSocket."""

    def __init__(self, suite):
        self.suite = suite

    async def __aenter__(self):
        self.socket = await websockets.connect(
            f"wss://127.0.0.1:{self.suite.port('WEB')}/xmpp-websocket",
            ssl=tls_of(self.suite), subprotocols=["xmpp"])
        return self

    async def __aexit__(self, *_):
        with contextlib.suppress(websockets.ConnectionClosed):
            await self.socket.close()

    async def say(self, text):
        await self.socket.send(text)

    async def hears(self):
        text = await asyncio.wait_for(self.socket.recv(), TIMEOUT)
        return ET.fromstring(text)

    async def open(self):
        await self.say(f"<open xmlns='{FRAMING[1:-1]}' version='1.0' "
                       f"to='{self.suite.domain}'/>")
        header = await self.hears()
        assert header.tag == FRAMING + "open"
        assert header.get("from") == self.suite.domain
        return await self.hears()

    async def log_in(self, name):
        await self.open()
        word = base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
        await self.say(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{word}</auth>")
        assert (await self.hears()).tag == f"{{{SASL}}}success"
        features = await self.open()
        assert features.tag == "{http://etherx.jabber.org/streams}features"
        await self.say("<iq xmlns='jabber:client' type='set' id='b'>"
                       "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        self.jid = (await self.hears())[0][0].text
        return self


def request(suite, path, host="localhost"):
    connection = http.client.HTTPSConnection(
        "127.0.0.1", suite.port("WEB"), timeout=TIMEOUT,
        context=tls_of(suite))
    connection.request("GET", path, headers={"Host": host})
    return connection.getresponse()


def test_a_browser_and_a_client_talk(people, suite):
    juliet = people.online("juliet")

    async def romeo():
        async with Browser(suite) as browser:
            await browser.log_in(people.account())
            await browser.say(f"<message xmlns='jabber:client' type='chat' "
                              f"to='{juliet.jid}'><body>hi &lt;3</body>"
                              "</message>")
            juliet.receives("hi <3")
            juliet.send(browser.jid, "ho")
            answer = await browser.hears()
            assert answer.tag == "{jabber:client}message"
            assert answer.find("{jabber:client}body").text == "ho"
            await browser.say(f"<close xmlns='{FRAMING[1:-1]}'/>")
            assert (await browser.hears()).tag == FRAMING + "close"
            with pytest.raises(websockets.ConnectionClosedOK):
                await browser.hears()

    asyncio.run(romeo())


def test_a_session_is_resumed_after_its_websocket_broke(people, suite):
    juliet = people.online("juliet")

    async def romeo():
        name = people.account()
        async with Browser(suite) as browser:
            await browser.log_in(name)
            await browser.say("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
            token = (await browser.hears()).get("id")
            jid = browser.jid
            browser.socket.transport.abort()
        juliet.send(jid, "kept for you")
        async with Browser(suite) as browser:
            await browser.open()
            word = base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
            await browser.say(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{word}"
                              "</auth>")
            await browser.hears()
            await browser.open()
            await browser.say("<resume xmlns='urn:xmpp:sm:3' h='0' "
                              f"previd='{token}'/>")
            assert (await browser.hears()).tag == "{urn:xmpp:sm:3}resumed"
            kept = await browser.hears()
            assert kept.find("{jabber:client}body").text == "kept for you"

    asyncio.run(romeo())


def test_the_gajim_stack_comes_by_websocket(people, suite, tmp_path):
    """nbxmpp on both sides of a file: stanzas by WebSocket, bytes by the
    proxy."""
    received = tmp_path / "in"
    sent = tmp_path / "out"
    sent.write_bytes(os.urandom(70_000))
    environment = dict(os.environ, PASSWORD=PASSWORD)
    romeo, juliet = (f"{people.account()}@{suite.domain}" for _ in range(2))
    address = f"wss://127.0.0.1:{suite.port('WEB')}/xmpp-websocket"
    command = [sys.executable, str(CLIENT)]
    proxy = f"proxy.{suite.domain}"

    with subprocess.Popen([*command, juliet, address, proxy, "receive",
                           str(received)], env=environment,
                          stdout=subprocess.PIPE, text=True) as receiver:
        online = json.loads(receiver.stdout.readline())
        sender = subprocess.run([*command, romeo, address, proxy, "send",
                                 online["jid"], str(sent)], env=environment,
                                capture_output=True, text=True, timeout=60)
        receiver.communicate(timeout=60)

    assert sender.returncode == 0, sender.stdout + sender.stderr
    assert received.read_bytes() == sent.read_bytes()


@pytest.mark.parametrize("message", [
    "no element", b"<presence xmlns='jabber:client'/>", "<open xmlns='x'/>",
    "<presence xmlns='jabber:client'/>" + " " * 20_000],
    ids=["text", "binary", "namespace", "size"])
def test_what_is_no_message_ends_the_stream(people, suite, message):
    async def stranger():
        async with Browser(suite) as browser:
            await browser.open()
            await browser.say(message)
            error = await browser.hears()
            assert error.tag == "{http://etherx.jabber.org/streams}error"
            assert (await browser.hears()).tag == FRAMING + "close"

    asyncio.run(stranger())


def test_a_flood_of_pings_ends_the_stream(people, suite):
    async def stranger():
        async with Browser(suite) as browser:
            await browser.open()
            ping = b"\x89\x80\0\0\0\0" * 1000
            browser.socket.transport.write(ping)
            with pytest.raises(websockets.ConnectionClosed):
                await browser.hears()
                await browser.hears()
                await browser.hears()

    asyncio.run(stranger())


@pytest.mark.parametrize("text, status", [
    ("<stream:stream to='localhost'>\r\n\r\n", b"400"),
    ("GET /nothing HTTP/1.1\r\n\r\n", b"404"),
    ("GET /xmpp-websocket HTTP/1.1\r\n\r\n", b"426"),
    ("GET / HTTP/1.1\r\nX: " + "x" * 9000, b"431")])
def test_other_requests_get_an_answer_of_http(suite, text, status):
    with socket.create_connection(("127.0.0.1", suite.port("WEB")),
                                  TIMEOUT) as plain:
        with tls_of(suite).wrap_socket(plain) as stranger:
            stranger.sendall(text.encode())
            answer = stranger.recv(4096)
            assert answer.startswith(b"HTTP/1.1 " + status)
            while stranger.recv(4096):
                pass


def test_a_browser_that_comes_to_see_the_certificate_reads_what_is_here(suite):
    answer = request(suite, "/")
    assert answer.status == 200 and b"certificate" in answer.read()
    assert request(suite, "/elsewhere").status == 404


def test_host_meta_tells_where_it_is(suite):
    url = f"wss://localhost:{suite.port('WEB')}/xmpp-websocket"
    xrd = request(suite, "/.well-known/host-meta")
    link = ET.fromstring(xrd.read())[0]
    jrd = request(suite, "/.well-known/host-meta.json", "evil.example")

    assert xrd.status == jrd.status == 200
    assert xrd.getheader("Access-Control-Allow-Origin") == "*"
    assert link.get("rel") == "urn:xmpp:alt-connections:websocket"
    assert link.get("href") == url
    assert json.load(jrd)["links"] == [
        {"rel": "urn:xmpp:alt-connections:websocket", "href": url}]
