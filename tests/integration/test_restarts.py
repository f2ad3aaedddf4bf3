"""Daemons are killed while people are online; who is not on a killed c2sd notices
nothing but a delay."""
import contextlib
import os
import signal
import socket
import threading
import time

import pytest

from conftest import befriend
from suite import PASSWORD
from test_stream_management import acknowledged, enable, resume
from xmpp import CLIENT, SM, is_message


@pytest.mark.parametrize("managed", [True, False])
def test_sessions_outlive_their_session_manager(own_suite, crowd_of, managed):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    if managed:
        enable(romeo)
        enable(juliet)

    suite.kill_one("sm")

    romeo.send(juliet.jid, "are you there?")
    juliet.receives("are you there?")
    juliet.send(romeo.bare, "as ever")
    romeo.receives("as ever")


def test_friends_still_see_each_other_after_the_session_managers_death(
        own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")

    suite.kill_one("sm")

    again = people.again(romeo, "balcony")
    again.receives_presence(juliet.jid)
    juliet.receives_presence(again.jid)
    juliet.close()
    again.receives_presence(juliet.jid, "unavailable")


def test_who_leaves_while_the_session_manager_is_down_is_gone_for_his_friends(
        own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    time.sleep(0.5)  # their friendship is committed
    pid = suite.pids("sm")[0]
    os.kill(pid, 19)
    juliet.close()
    time.sleep(0.3)

    suite.kill_one("sm")

    romeo.receives_presence(juliet.jid, "unavailable")


def test_a_detached_session_is_resumed_after_the_session_managers_death(
        own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    id = enable(juliet)
    juliet.sock.close()
    time.sleep(0.2)
    romeo.send(juliet.jid, "before")

    suite.kill_one("sm")

    romeo.send(juliet.jid, "after")
    again = resume(people, juliet, id, 0)
    assert again.next().tag == SM + "resumed"
    again.receives("before")
    again.receives("after")


def test_a_stream_of_messages_survives_the_session_managers_deaths(own_suite,
                                                                   crowd_of):
    suite = own_suite(sm=2)
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    enable(romeo)
    enable(juliet)
    count = 600

    def talk():
        for i in range(count):
            romeo.send(juliet.jid, f"number {i}")
            time.sleep(0.005)

    talker = threading.Thread(target=talk)
    talker.start()
    for _ in range(3):
        suite.kill_one("sm")
    got = []
    while len(got) < count:
        message = juliet.waits_for(is_message, timeout=20)
        got.append(message.findtext(CLIENT + "body"))
    talker.join()
    assert got == [f"number {i}" for i in range(count)]


def test_a_router_that_dies_is_not_noticed(own_suite, crowd_of):
    suite = own_suite(c2s=2, sm=2)
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")

    suite.kill_one("routerd")

    romeo.send(juliet.jid, "are you there?")
    juliet.receives("are you there?")


def test_a_login_while_authd_dies_fails_or_succeeds_later(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo = people.online("romeo")

    suite.kill_one("authd")

    juliet = people.online("juliet")
    romeo.send(juliet.jid, "welcome")
    juliet.receives("welcome")


def test_without_file_descriptors_accepting_pauses(own_suite, crowd_of):
    suite = own_suite(max_files=100)
    people = crowd_of(suite)
    romeo = people.online("romeo")
    pids = suite.pids("c2sd")

    crowd = [socket.create_connection(("127.0.0.1", suite.port("C2S")))
             for _ in range(120)]
    time.sleep(0.5)
    romeo.send(romeo.jid, "still well")
    romeo.receives("still well")
    for one in crowd:
        one.close()

    people.online("juliet")
    assert suite.pids("c2sd") == pids
    assert "accept-paused" in suite.logs()


def test_a_stalled_tls_handshake_has_an_end(own_suite):
    suite = own_suite(settings={"c2sd.pre-auth-timeout": 1})
    with socket.create_connection(("127.0.0.1", suite.port("C2S_TLS")),
                                  5) as raw:
        raw.sendall(b"\x16\x03\x01")
        raw.settimeout(10)
        assert raw.recv(4096) == b""


def kill_c2sd(suite):
    suite.kill_one("c2sd")
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", suite.port("C2S")), 1).close()
            return
        time.sleep(0.05)
    raise AssertionError("no c2sd listens again")


def has_unacknowledged(suite, people):
    """Juliet, who got "m1" and "m2" and has acknowledged nothing; how to resume."""
    romeo, juliet = people.friends("romeo", "juliet")
    id = enable(juliet)
    romeo.send(juliet.jid, "m1")
    romeo.send(juliet.bare, "m2")
    juliet.receives("m1")
    juliet.receives("m2")
    return romeo, juliet, id


def test_a_session_of_a_killed_c2sd_is_resumed_with_what_it_lacked(own_suite,
                                                                   crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    _, juliet, id = has_unacknowledged(suite, people)

    kill_c2sd(suite)
    again = resume(people, juliet, id, 0)

    assert again.next().tag == SM + "resumed"
    again.receives("m1")
    again.receives("m2")
    again.send_raw("<a xmlns='urn:xmpp:sm:3' h='2'/>")
    again.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
    again.leaves()
    new = people.again(juliet)
    new.hears_nothing_of(is_message)


def test_what_a_killed_c2sd_and_sm_had_is_offline_then(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    _, juliet, id = has_unacknowledged(suite, people)

    kill_c2sd(suite)
    time.sleep(0.5)
    suite.kill_one("sm")
    again = people.again(juliet)

    again.receives("m1")
    again.receives("m2")


def test_what_a_session_lacked_that_nobody_resumed_goes_to_the_next(own_suite,
                                                                    crowd_of):
    suite = own_suite(settings={"sm.resume-timeout": 2})
    people = crowd_of(suite)
    _, juliet, id = has_unacknowledged(suite, people)
    kill_c2sd(suite)
    again = people.again(juliet, "other")

    again.receives("m1", timeout=15)
    again.receives("m2")
    again.hears_nothing_of(is_message)


@pytest.mark.parametrize("dies", [True, False])
def test_what_waited_and_was_not_acknowledged_waits_again(own_suite, crowd_of,
                                                          dies):
    """From offline storage to a session that is not resumed, be it that its c2sd
    died or its connection broke."""
    suite = own_suite(settings={"sm.resume-timeout": 2})
    people = crowd_of(suite)
    romeo = people.online("romeo")
    name = people.account("juliet")
    romeo.send(f"{name}@localhost", "waits")
    enable(romeo)
    acknowledged(romeo, 0)
    juliet = people.login(name)
    enable(juliet)
    juliet.comes_online()
    juliet.receives("waits")

    if dies:
        kill_c2sd(suite)
    else:
        juliet.close()
    time.sleep(4)
    again = people.login(name).comes_online()

    again.receives("waits", timeout=20)
    again.hears_nothing_of(is_message)


def test_no_connection_is_refused_while_c2sd_is_started_again(own_suite,
                                                              crowd_of):
    suite = own_suite(users=("romeo",))
    people = crowd_of(suite)
    port = suite.port("C2S")
    log = suite.state / "log" / "c2sd.0.log"

    for number in (signal.SIGKILL, signal.SIGTERM):
        os.kill(suite.pids("c2sd")[0], number)
        # Who was accepted before c2sd saw the signal is sent away in order.
        while number == signal.SIGTERM and " stopping " not in log.read_text():
            time.sleep(0.001)
        waiting = people.connect()
        end = time.monotonic() + 1
        while time.monotonic() < end:
            socket.create_connection(("127.0.0.1", port), 5).close()
            time.sleep(0.01)

        waiting.secure().plain("romeo", PASSWORD).bind()
        suite.read_env()


def on_another_process(suite, people, than, like):
    """A fresh account that is online on another c2sd than `than` is."""
    def process_of(client):
        return [name for name in ("c2sd.0", "c2sd.1") if f"jid={client.jid} "
                in (suite.state / "log" / f"{name}.log").read_text()]
    while True:
        client = people.online(like)
        if process_of(client) != process_of(than):
            return client, process_of(than)[0]


def test_who_writes_to_a_session_of_a_killed_c2sd_need_not_wait_for_it(
        own_suite, crowd_of):
    suite = own_suite(c2s=2)
    people = crowd_of(suite)
    juliet = people.online("juliet")
    romeo, process = on_another_process(suite, people, juliet, "romeo")
    befriend(romeo, juliet)
    enable(romeo)
    id = enable(juliet)
    pid = suite.pids("c2sd")[int(process[-1])]

    os.kill(pid, signal.SIGKILL)
    while is_running(pid):
        time.sleep(0.01)
    time.sleep(0.5)
    romeo.send(juliet.bare, "to bare")
    romeo.presence(inside="<show>away</show>")
    romeo.send(juliet.jid, "to full")

    acknowledged(romeo, 3)
    again = resume(people, juliet, id, 0)
    again.receives("to bare")
    again.receives("to full")


def is_running(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
