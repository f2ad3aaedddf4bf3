"""Daemons that can open no file any more: those who are there go on, who comes
waits, nothing dies, and all is as before when there are descriptors again."""
import contextlib
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from conftest import befriend
from test_stream_management import REQUEST, enable
from xmpp import SM, Component

ACCEPTING = {"c2sd": "C2S", "s2sd": "S2S", "compd": "COMPONENT",
             "proxy65d": "PROXY", "webd": "HTTPS"}


def lowest_free(pid):
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    return next(n for n in range(len(used) + 1) if n not in used)


def set_limit(pid, limit):
    """As the daemon's own user, who may."""
    status = Path(f"/proc/{pid}/status").read_text()
    owner = {line.split()[0]: line.split()[1] for line in status.splitlines()
             if line.startswith(("Uid:", "Gid:"))}
    switch = ["setpriv", "--reuid", owner["Uid:"], "--regid", owner["Gid:"],
              "--clear-groups"] if os.geteuid() == 0 else []
    subprocess.run([*switch, "prlimit", f"--pid={pid}", f"--nofile={limit}:"],
                   check=True)


@contextlib.contextmanager
def without_descriptors(suite, *kinds):
    """These daemons get no descriptor any more."""
    before = {pid: soft_limit(pid) for kind in kinds for pid in suite.pids(kind)}
    assert before
    for pid in before:
        set_limit(pid, lowest_free(pid))
    try:
        yield
    finally:
        for pid, limit in before.items():
            if Path(f"/proc/{pid}").exists():
                set_limit(pid, limit)


def soft_limit(pid):
    for line in Path(f"/proc/{pid}/limits").read_text().splitlines():
        if line.startswith("Max open files"):
            return line.split()[3]
    raise AssertionError("no limit")


def waits_for_line(suite, kind, text):
    log = suite.state / "log" / f"{kind}.0.log"
    deadline = time.monotonic() + 10
    while text not in log.read_text():
        assert time.monotonic() < deadline, f"no {text} in {log}"
        time.sleep(0.05)


def cpu_ticks(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


@pytest.fixture(params=ACCEPTING)
def kind(request):
    return request.param


def test_who_connects_waits_until_there_are_descriptors(own_suite, crowd_of,
                                                        kind):
    suite = own_suite(components={"echo.localhost": "sesame"})
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    pids = suite.pids(kind)
    with contextlib.ExitStack() as stack:
        with without_descriptors(suite, kind):
            for _ in range(5):
                stack.enter_context(socket.create_connection(
                    ("127.0.0.1", suite.port(ACCEPTING[kind])), 5))
            waits_for_line(suite, kind, "accept-paused")
            romeo.send(juliet.jid, "still well")
            juliet.receives("still well")
            ticks = cpu_ticks(pids[0])
            time.sleep(1)
            assert cpu_ticks(pids[0]) - ticks < os.sysconf("SC_CLK_TCK") // 2, \
                "it turns in circles"
        waits_for_line(suite, kind, "accept-resumed")

    assert suite.pids(kind) == pids
    nurse = people.online("nurse")
    nurse.send(romeo.jid, "hello")
    romeo.receives("hello")
    component = Component(suite, "echo.localhost")
    with contextlib.closing(component):
        component.open_stream()
    text = (suite.state / "log" / f"{kind}.0.log").read_text()
    assert text.count("accept-paused") == 1


def test_without_descriptors_no_daemon_dies(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo = people.online("romeo")
    juliet = people.online("juliet")
    name = people.account("nurse")
    enable(romeo)
    kinds = ("routerd", "authd", "sm", "mucd", "c2sd", "compd", "s2sd",
             "proxy65d", "webd")
    pids = {kind: suite.pids(kind) for kind in kinds}

    with without_descriptors(suite, *kinds):
        suite.kill_one("postgres")  # their connections cannot be made anew
        romeo.send(juliet.jid, "are you there?")
        juliet.receives("are you there?")
        romeo.send(f"{name}@localhost", "later")
        romeo.send_raw(REQUEST)
        answer = romeo.waits_for(lambda e: e.tag == SM + "a")
        assert int(answer.get("h")) < 2
        time.sleep(2)

    assert {kind: suite.pids(kind) for kind in kinds} == pids
    romeo.send_raw(REQUEST)
    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "2",
                    timeout=30)
    nurse = people.login(name)
    nurse.comes_online()
    nurse.receives("later")
    befriend(romeo, juliet)


def test_a_router_without_descriptors_serves_those_it_has(own_suite, crowd_of):
    suite = own_suite(sm=2)
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    enable(romeo)
    pid = suite.pids("routerd")
    with without_descriptors(suite, "routerd"):
        suite.kill_one("sm")  # its descriptor is free; the next one takes it
        romeo.send(juliet.jid, "as ever")
        juliet.receives("as ever", timeout=20)
        suite.ctl("stats", check=False)
    assert suite.pids("routerd") == pid
    suite.kill_one("sm")
    romeo.send(juliet.jid, "and again")
    juliet.receives("and again", timeout=20)
