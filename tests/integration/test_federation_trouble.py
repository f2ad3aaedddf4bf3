"""Servers that are away, silent, slow or restarted, and an s2sd that is killed: what was
accepted arrives, or its sender is told."""
import contextlib
import os
import signal
import time

import pytest

from conftest import People
from federation import MANTUA, VERONA, log_of, two_suites
from server import Server
from suite import Suite, free_base_port, release_base_port
from xmpp import CLIENT, is_message

pytestmark = pytest.mark.whole

THEIRS = "padua.example"


@contextlib.contextmanager
def town_with(server, **settings):
    """A suite that finds padua.example at this server, and Romeo."""
    with Suite(domains=(VERONA,), settings={
            f"s2sd.connect.{THEIRS}": f"127.0.0.1:{server.port}",
            "s2sd.plain-domains": f'{{"{THEIRS}"}}', "s2sd.retry-delay": 0,
            **settings}) as suite:
        crowd = People(suite)
        try:
            yield suite, crowd.online("romeo")
        finally:
            crowd.close()


def test_a_server_that_takes_calls_and_says_nothing_is_given_up():
    with Server(THEIRS, is_mute=True) as server, \
            town_with(server, **{"s2sd.connect-timeout": 1}) as (_, romeo):
        romeo.send(f"juliet@{THEIRS}", "hello?")
        romeo.receives_error("remote-server-timeout")


def test_a_server_that_stops_reading_costs_a_bounded_queue():
    """Half open: it is verified, then reads no more. It is sent more than the kernel
    takes, however slowly that comes; what Romeo asks his own server waits behind it."""
    with Server(THEIRS) as server, \
            town_with(server, **{
                "s2sd.ack-timeout": 2, "s2sd.connect-timeout": 3,
                "s2sd.max-queue": 20_000_000}) as (suite, romeo):
        romeo.send(f"juliet@{THEIRS}", "first")
        server.receives("first")
        server.reads.clear()
        body = "x" * 100_000
        for _ in range(70):
            romeo.send(f"juliet@{THEIRS}", body)
        romeo.receives_error("remote-server-timeout", timeout=60)
        assert "The server stands still" in log_of(suite)
        ping = romeo.iq("get", "<ping xmlns='urn:xmpp:ping'/>", timeout=60)
        assert ping is not None


def test_a_queue_that_is_full_is_told():
    with Server(THEIRS, is_mute=True) as server, \
            town_with(server, **{"s2sd.max-queue": 200_000}) as (_, romeo):
        for _ in range(5):
            romeo.send(f"juliet@{THEIRS}", "x" * 90_000)
        romeo.receives_error("resource-constraint")


def test_a_server_that_comes_back_gets_what_waits():
    """It closes each call once, then serves."""
    with Server(THEIRS) as server, town_with(server) as (_, romeo):
        romeo.send(f"juliet@{THEIRS}", "before")
        server.receives("before")
        server.hangs_up()
        romeo.send(f"juliet@{THEIRS}", "after")
        server.receives("after")
        assert len(server.calls) == 2


def test_a_server_that_is_away_is_not_called_for_each_stanza():
    port = free_base_port()
    with Suite(domains=(VERONA,), settings={
            f"s2sd.connect.{THEIRS}": f"127.0.0.1:{port}",
            "s2sd.retry-delay": 600}) as suite:
        crowd = People(suite)
        romeo = crowd.online("romeo")
        for _ in range(20):
            romeo.send(f"juliet@{THEIRS}", "hello?")
            romeo.receives_error("remote-server-timeout")
        assert log_of(suite).count("domain-unreachable") == 1
        crowd.close()
    release_base_port(port)


def drain(server, bodies):
    """All that arrives, until each of these bodies is there; in order."""
    got, missing = [], set(bodies)
    while missing:
        element = server.arrived.get(timeout=20)
        if element.tag == CLIENT + "message":
            got.append(element.findtext(CLIENT + "body"))
            missing.discard(got[-1])
    return got


def test_a_killed_s2sd_loses_nothing_that_waits():
    """Messages wait for a mute server when s2sd dies; the next one has them all."""
    with Server(THEIRS, is_mute=True) as server, town_with(server) as (
            suite, romeo):
        bodies = [f"line {i}" for i in range(50)]
        for body in bodies:
            romeo.send(f"juliet@{THEIRS}", body)
        romeo.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
        server.is_mute = False
        suite.kill_one("s2sd")
        assert drain(server, bodies) == bodies


def test_what_is_said_while_s2sd_is_started_again_arrives():
    """It waits with who sends it; nobody is told that there is no way."""
    with Server(THEIRS) as server, town_with(server) as (suite, romeo):
        romeo.send(f"juliet@{THEIRS}", "before")
        server.receives("before")
        time.sleep(0.3)  # its sender is told that it has arrived
        for pid in suite.pids("s2sd"):
            os.kill(pid, signal.SIGKILL)
        bodies = [f"line {i}" for i in range(50)]
        for body in bodies:
            romeo.send(f"juliet@{THEIRS}", body)
        assert drain(server, bodies) == bodies
        romeo.hears_nothing_of(is_message)


@pytest.fixture(scope="module")
def cities():
    with two_suites(left={"s2s": 2}, right={"s2s": 2}, both={
            "s2sd.retry-delay": 0}) as suites:
        yield suites


@pytest.fixture
def pair(cities):
    crowds = [People(suite) for suite in cities]
    yield crowds[0].online("romeo"), crowds[1].online("juliet")
    for crowd in crowds:
        crowd.close()


def test_several_processes_serve_several_domains(pair, cities):
    """Whichever process takes a call, each of its keys is judged, and stanzas of one
    domain keep their order."""
    romeo, juliet = pair

    for i in range(100):
        romeo.send(juliet.jid, f"there {i}")
        juliet.send(romeo.jid, f"back {i}")
    for i in range(100):
        juliet.receives(f"there {i}")
        romeo.receives(f"back {i}")
    for domain in (f"conference.{MANTUA}", f"proxy.{MANTUA}"):
        romeo.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                  to=domain)
    assert all(len(suite.pids("s2sd")) == 2 for suite in cities)


@pytest.mark.parametrize("side", [0, 1], ids=["sender", "receiver"])
def test_s2sd_may_die_at_any_time(pair, cities, side):
    """Each message arrives, or its sender is told that it may not have: none is gone
    without a word."""
    romeo, juliet = pair
    ids, fates = {f"n{i}" for i in range(120)}, {}

    romeo.send(juliet.jid, "before")
    juliet.receives("before")
    for i in range(120):
        romeo.send(juliet.jid, f"line {i}", id=f"n{i}")
        if i in (30, 80):
            for pid in cities[side].pids("s2sd"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    for person in (juliet, romeo) * 60:
        with contextlib.suppress(TimeoutError):
            while ids - set(fates):
                element = person.waits_for(is_message, timeout=0.2)
                fates[element.get("id")] = element.get("type")
    assert ids <= set(fates)
    for i in range(100):  # until both have found each other again
        romeo.send(juliet.jid, f"after {i}", id=f"a{i}")
        with contextlib.suppress(TimeoutError):
            juliet.receives(f"after {i}", timeout=0.3)
            break
    else:
        pytest.fail("they do not find each other again")
