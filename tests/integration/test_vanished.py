"""Clients that are gone without a word, or read no more, and daemons that are
asked to stop before they have started."""
import contextlib
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import befriend
from peers import CLONE_NEWNET, libc, namespace, run
from suite import BIN, PASSWORD, Suite
from test_stream_management import enable, resume
from xmpp import CLIENT, SM, Client, is_message

NEAR, FAR = "198.51.100.1", "198.51.100.2"


class Far:
    """A network of its own behind a cable that can be cut."""

    def __init__(self, process):
        self._process = process

    @contextlib.contextmanager
    def _inside(self):
        """Sockets that are made here are there for good."""
        back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/proc/{self._process.pid}/ns/net", os.O_RDONLY)
        try:
            assert libc.setns(there, CLONE_NEWNET) == 0
            yield
        finally:
            assert libc.setns(back, CLONE_NEWNET) == 0
            os.close(there)
            os.close(back)

    def client(self, suite, name):
        with self._inside():
            client = Client(suite, host=NEAR)
        return client.secure().plain(name, PASSWORD).bind().comes_online()

    def is_cut_off(self):
        run("ip", "link", "set", "near", "down")


@contextlib.contextmanager
def cable():
    """From this network, a fresh one, to another."""
    with namespace():
        process = subprocess.Popen(["unshare", "-n", "sleep", "1000"])
        own = os.readlink("/proc/thread-self/ns/net")
        try:
            while os.readlink(f"/proc/{process.pid}/ns/net") == own:
                time.sleep(0.01)
            run("ip", "link", "add", "near", "type", "veth", "peer", "name",
                "far")
            run("ip", "link", "set", "far", "netns", process.pid)
            for name, address, inside in (
                    ("near", NEAR, []),
                    ("far", FAR, ["nsenter", f"--net=/proc/{process.pid}/ns/net"
                                  ])):
                run(*inside, "ip", "address", "add", f"{address}/24", "dev",
                    name)
                run(*inside, "ip", "link", "set", name, "up")
            yield Far(process)
        finally:
            process.kill()
            process.wait()


def waits_for_line(suite, log, *words):
    path = suite.state / "log" / log
    deadline = time.monotonic() + 20
    while not any(all(word in line for word in words)
                  for line in path.read_text().splitlines()):
        assert time.monotonic() < deadline, f"no {words}\n{suite.logs()}"
        time.sleep(0.1)


IMPATIENT = {"c2sd.keepalive": 1, "c2sd.network-timeout": 2}


def test_who_vanished_is_unavailable_soon(own_suite, crowd_of):
    with cable() as far:
        suite = own_suite(listen="0.0.0.0", settings=IMPATIENT)
        people = crowd_of(suite)
        romeo = people.online("romeo")
        juliet = far.client(suite, people.account("juliet"))
        befriend(romeo, juliet)

        far.is_cut_off()

        romeo.receives_presence(juliet.jid, "unavailable", timeout=20)


def test_what_a_vanished_client_lacks_is_there_when_it_resumes(own_suite,
                                                               crowd_of):
    with cable() as far:
        suite = own_suite(listen="0.0.0.0", settings=IMPATIENT)
        people = crowd_of(suite)
        romeo = people.online("romeo")
        juliet = far.client(suite, people.account("juliet"))
        id = enable(juliet)

        far.is_cut_off()
        for i in range(10):
            romeo.send(juliet.jid, f"message {i}")
        waits_for_line(suite, "sm.0.log", "session-detach", juliet.jid)

        again = resume(people, juliet, id, 0)
        assert again.next().tag == SM + "resumed"
        for i in range(10):
            again.receives(f"message {i}")
        again.hears_nothing_of(is_message)


def test_who_reads_no_more_is_detached_and_loses_nothing(own_suite, crowd_of):
    """What waits for him has a bound; behind it his session detaches."""
    suite = own_suite(settings={"c2sd.max-send-buffer": 65536,
                                "sm.session-queue": 1 << 26})
    people = crowd_of(suite)
    romeo = people.online("romeo")
    deaf = people.connect(receive_buffer=2048)
    deaf.secure().plain(people.account("juliet"), PASSWORD).bind()
    deaf.comes_online()
    id = enable(deaf)

    for i in range(600):
        romeo.send(deaf.bare, f"{i} " + "x" * 20000)
    waits_for_line(suite, "sm.0.log", "session-detach", deaf.jid)
    romeo.send(romeo.jid, "nobody else waits")
    romeo.receives("nobody else waits")

    again = resume(people, deaf, id, 0)
    assert again.next().tag == SM + "resumed"
    for i in range(600):
        body = again.waits_for(is_message).findtext(CLIENT + "body")
        assert body.split()[0] == str(i)
    again.hears_nothing_of(is_message)


DAEMONS = ("routerd", "maild", "authd", "sm", "mucd", "c2sd", "compd", "s2sd",
           "proxy65d", "webd")


@pytest.fixture(scope="module")
def commands():
    """How the daemons of a suite are started; it is gone, but its files are there."""
    found = {}
    with Suite(settings={"maild.command": "/bin/true"}) as suite:
        for kind in DAEMONS:
            line = Path(f"/proc/{suite.pids(kind)[0]}/cmdline").read_bytes()
            found[kind] = line.decode().rstrip("\0").split("\0")
        subprocess.run([BIN / "posthouse", "down", "--state", suite.state],
                       check=True)
        yield found


@pytest.mark.parametrize("kind", DAEMONS)
def test_a_daemon_stops_at_any_moment_of_its_start(commands, kind, tmp_path):
    """Without router and database none gets to its end."""
    command = list(commands[kind])
    command[command.index("--log") + 1] = str(tmp_path / "log")
    tmp_path.chmod(0o777)
    for delay in (0, 0.002, 0.01, 0.03, 0.1, 0.5):
        daemon = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        time.sleep(delay)
        daemon.send_signal(signal.SIGTERM)
        _, words = daemon.communicate(timeout=20)
        assert daemon.returncode in (0, -signal.SIGTERM), \
            f"{shlex.join(command)} after {delay} s: {words}"
