"""What else crosses between two suites: files through either proxy, components; and
what one allows the other: rates, time without a word."""
import concurrent.futures
import os
import socket
import time

import pytest

from conftest import People
from federation import MANTUA, VERONA, log_of, two_suites
from server import Link, Server
from socks import Refused, Socks, key_of
from suite import Suite
from xmpp import Component, error_of

pytestmark = pytest.mark.whole

GATEWAY = f"gateway.{MANTUA}"
THEIRS = "padua.example"


@pytest.fixture(scope="module")
def cities():
    with two_suites(
            left={"settings": {"proxy65d.access": f'{{"{MANTUA}"}}'}},
            right={"settings": {"proxy65d.access": f'{{"{VERONA}"}}'},
                   "components": {GATEWAY: "sesame"}},
            more=((), (GATEWAY,))) as suites:
        yield suites


@pytest.fixture
def pair(cities):
    crowds = [People(suite) for suite in cities]
    yield crowds[0].online("romeo"), crowds[1].online("juliet")
    for crowd in crowds:
        crowd.close()


def activate(sender, receiver, proxy):
    return sender.iq("set", "<query xmlns='http://jabber.org/protocol/bytestreams' "
                     f"sid='file'><activate>{receiver.jid}</activate></query>",
                     to=proxy)


@pytest.mark.parametrize("side", [0, 1], ids=["own-proxy", "others-proxy"])
@pytest.mark.parametrize("way", [1, -1], ids=["there", "back"])
def test_a_file_passes_either_proxy(pair, cities, side, way):
    sender, receiver = pair[::way]
    suite = cities[::way][side]
    data = os.urandom(3 << 20)
    key = key_of("file", sender.jid, receiver.jid)
    into, out = Socks(suite).connects(key), Socks(suite).connects(key)

    assert activate(sender, receiver,
                    f"proxy.{suite.domain}").get("type") == "result"
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(into.sock.sendall, data)
        assert out.read(len(data)) == data
        sent.result()
    for one in (into, out):
        one.sock.close()


def test_the_others_proxy_is_no_strangers(pair, cities):
    """Somebody of the other server cannot activate what is not his."""
    romeo, juliet = pair
    key = key_of("file", juliet.jid, romeo.jid)
    into, out = (Socks(cities[1]).connects(key) for _ in range(2))

    answer = activate(romeo, juliet, f"proxy.{MANTUA}")
    assert answer.get("type") == "error"
    into.sock.sendall(b"x")
    out.sock.settimeout(0.5)
    with pytest.raises((TimeoutError, Refused)):
        out.read(1)
    for one in (into, out):
        one.sock.close()


def test_a_component_federates(pair, cities):
    romeo, _ = pair
    gateway = Component(cities[1], GATEWAY).shakes_hands("sesame").is_welcome()

    for i in range(50):
        romeo.send(f"bot@{GATEWAY}", f"line {i}")
    for i in range(50):
        gateway.receives(f"line {i}", romeo.jid)
        gateway.stanza(f"<message from='bot@{GATEWAY}' to='{romeo.jid}' "
                       f"type='chat'><body>echo {i}</body></message>")
    for i in range(50):
        romeo.receives(f"echo {i}", f"bot@{GATEWAY}")
    # It speaks for its own domain alone, to other servers too.
    gateway.stanza(f"<message from='juliet@{MANTUA}' to='{romeo.jid}' "
                   "type='chat'><body>forged</body></message>")
    with pytest.raises(TimeoutError):
        romeo.receives("forged", timeout=1)
    gateway.leaves()


def test_a_component_that_is_away_is_told_to_the_other_server(pair):
    romeo, _ = pair

    answer = romeo.iq("get", "<ping xmlns='urn:xmpp:ping'/>", to=GATEWAY)
    assert error_of(answer) == "service-unavailable"


# --- limits ------------------------------------------------------------------

def suite_with(server, **settings):
    return Suite(domains=(VERONA,), settings={
        f"s2sd.connect.{THEIRS}": f"127.0.0.1:{server.port}",
        "s2sd.plain-domains": f'{{"{THEIRS}"}}', "s2sd.retry-delay": 0,
        **settings})


@pytest.fixture(scope="module")
def limits():
    with Server(THEIRS) as server, suite_with(
            server, **{"s2sd.stanza-rate": 20, "s2sd.idle-timeout": 4}) as suite:
        yield suite, server


@pytest.fixture
def romeo(limits):
    crowd = People(limits[0])
    yield crowd.online("romeo")
    crowd.close()


def test_a_fast_server_is_slowed_down(limits, romeo):
    suite, _ = limits
    link = Link(suite, THEIRS).secures()
    assert link.proves() == "valid"

    start = time.monotonic()
    for i in range(80):
        link.says_message(f"juliet@{THEIRS}", romeo.jid, f"line {i}" + "x" * 3000)
    for i in range(80):
        romeo.receives(f"line {i}" + "x" * 3000, timeout=20)
    assert time.monotonic() - start > 1.5
    link.close()


def test_what_was_said_in_a_pause_is_heard_though_its_server_left(limits, romeo):
    """It is slowed down, has said all, and closes: nothing of it is lost."""
    suite, _ = limits
    link = Link(suite, THEIRS).opens()
    assert link.proves() == "valid"

    for i in range(80):
        link.says_message(f"juliet@{THEIRS}", romeo.jid, f"last {i}" + "x" * 3000)
    link.sock.shutdown(socket.SHUT_WR)
    for i in range(80):
        romeo.receives(f"last {i}" + "x" * 3000, timeout=20)
    link.close()


def test_a_stream_without_a_word_is_closed(limits, romeo):
    suite, server = limits
    romeo.send(f"juliet@{THEIRS}", "first")
    server.receives("first")
    calls = len(server.calls)
    link = Link(suite, THEIRS).secures()
    assert link.proves() == "valid"

    start = time.monotonic()
    link.is_closed()
    assert 3 < time.monotonic() - start < 9
    romeo.send(f"juliet@{THEIRS}", "second")  # by a new one
    server.receives("second")
    assert len(server.calls) == calls + 1
    assert "domain-unreachable" not in log_of(suite)


def test_who_asks_and_reads_nothing_fills_no_memory(limits):
    """Answers to a verified server that does not take them."""
    suite, _ = limits
    link = Link(suite, THEIRS).secures()
    assert link.proves() == "valid"
    question = (f"<db:verify from='{THEIRS}' to='{VERONA}' id='i'>0"
                "</db:verify>" * 500).encode()

    def memory():
        pid = suite.pids("s2sd")[0]
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * 4096

    before = memory()
    link.sock.settimeout(0.5)
    sent = 0
    try:
        while sent < 64 << 20:
            link.sock.sendall(question)
            sent += len(question)
    except OSError:
        pass
    assert sent < 32 << 20
    assert memory() - before < 8 << 20
    link.sock.close()
