"""The link between two servers is cut: streams go on (XEP-0198), and what was sent
arrives once and in order, or its sender is told."""
import contextlib
import time

import pytest

from conftest import People
from federation import log_of, two_suites
from xmpp import is_message

pytestmark = pytest.mark.whole

COUNT = 300


@pytest.fixture(scope="module")
def world():
    wires = []
    with two_suites(wires=wires, both={"s2sd.retry-delay": 0,
                                       "s2sd.ack-timeout": 4}) as suites:
        yield suites, wires
        assert not any(" signal=" in suite.logs() for suite in suites)


@pytest.fixture
def pair(world):
    crowds = [People(suite) for suite in world[0]]
    yield crowds[0].online("romeo"), crowds[1].online("juliet")
    for crowd in crowds:
        crowd.close()



def resumptions(suite):
    text = log_of(suite)
    return text.count(" stream-resumed ")


def talk(romeo, juliet, world, harm):
    """Both talk; `harm` is done between."""
    for i in range(COUNT):
        romeo.send(juliet.jid, f"there {i}")
        juliet.send(romeo.jid, f"back {i}")
        if i % 60 == 30:
            harm()
        time.sleep(0.04)


def hears_all(person, kind):
    """Each message once, in order, none returned."""
    for i in range(COUNT):
        person.receives(f"{kind} {i}", timeout=30)
    person.hears_nothing_of(is_message)


def test_a_cut_link_loses_and_doubles_nothing(pair, world):
    romeo, juliet = pair
    suites, wires = world
    before = [resumptions(suite) for suite in suites]

    romeo.send(juliet.jid, "hello")
    juliet.receives("hello")
    time.sleep(2.1)  # a stream that lives shorter is as good as none

    def cut():
        for wire in wires:
            wire.cut()

    talk(romeo, juliet, world, cut)
    hears_all(juliet, "there")
    hears_all(romeo, "back")
    assert all(resumptions(suite) > was for suite, was in zip(suites, before))


def test_what_a_silent_link_held_is_sent_again(pair, world):
    """Nothing is said of its end: who waits for an acknowledgement finds out."""
    romeo, juliet = pair
    suites, wires = world

    romeo.send(juliet.jid, "hello")
    juliet.receives("hello")
    juliet.send(romeo.jid, "hello")
    romeo.receives("hello")
    time.sleep(2.1)
    for wire in wires:
        wire.holds()
    for i in range(20):
        romeo.send(juliet.jid, f"line {i}")
    time.sleep(9)  # s2sd.ack-timeout, and until the connection is given up
    for wire in wires:
        wire.cut()
    for i in range(20):
        juliet.receives(f"line {i}", timeout=20)
    juliet.hears_nothing_of(is_message)
    with contextlib.suppress(TimeoutError):
        assert not romeo.waits_for(is_message, timeout=1)
