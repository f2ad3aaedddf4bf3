"""`posthousectl restart`: daemons are restarted in order while people talk."""
import json
import os
import stat
import subprocess
import threading
import time

import pytest

from suite import BIN, PASSWORD
from test_stream_management import acknowledged, enable, resume
from xmpp import CLIENT, SM, StreamClosed, is_message

TALK = 0.004  # seconds between two messages


class Talk:
    """Romeo talks to Juliet as long as the block lasts."""

    def __init__(self, romeo, juliet):
        self.romeo, self.to, self.juliet = romeo, juliet.bare, juliet
        self.said = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._talk)

    def _talk(self):
        while not self._is_over.is_set():
            self.romeo.send(self.to, f"number {self.said}")
            self.said += 1
            time.sleep(TALK)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def has_arrived(self):
        """Every message, once, in order."""
        for number in range(self.said):
            message = self.juliet.waits_for(is_message, timeout=20)
            assert message.findtext(CLIENT + "body") == f"number {number}"


@pytest.fixture(params=["routerd", "authd", "sm", "mucd", "compd", "s2sd",
                        "proxy65d", "webd", "postgres"])
def daemon(request):
    return request.param


def test_who_is_online_does_not_notice_a_restart(own_suite, crowd_of, daemon):
    suite = own_suite(sm=2, c2s=2)
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    before = suite.pids(daemon)

    with Talk(romeo, juliet) as talk:
        told = suite.ctl("--json", "restart", daemon).stdout

    talk.has_arrived()
    assert not set(before) & set(suite.pids(daemon))
    assert [row["pid"] for row in json.loads(told)] == suite.pids(daemon)
    assert {row["daemon"] for row in json.loads(told)} == {daemon}


def test_an_orderly_restart_is_no_failure(own_suite):
    suite = own_suite()

    suite.ctl("restart", "sm")
    suite.ctl("restart", "sm.0")

    log = (suite.state / "log" / "posthouse.log").read_text()
    assert " warn posthouse" not in log
    assert log.count(" info posthouse ended daemon=sm") == 2


def test_a_c2sd_that_drains_leaves_nothing_to_repeat(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    id = enable(romeo)
    for number in range(20):
        romeo.send(juliet.bare, f"number {number}")
    acknowledged(romeo, 1)  # all has been read

    suite.ctl("restart", "c2sd")

    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "20")
    romeo.ends_with("system-shutdown")
    again = resume(people, romeo, id, 0)
    resumed = again.waits_for(lambda e: e.tag == SM + "resumed")
    assert resumed.get("h") == "20"


class Resuming:
    """Somebody who resumes whenever his stream ends."""

    def __init__(self, people, client):
        self.people, self.client = people, client
        self.id = enable(client)
        self.handled = self.resumptions = 0

    def resumes(self):
        """What the server has handled of ours."""
        self.client = resume(self.people, self.client, self.id, self.handled)
        self.resumptions += 1
        return int(self.client.waits_for(
            lambda e: e.tag == SM + "resumed").get("h"))

    def next(self):
        element = self.client.next(timeout=10)
        if element.tag in (CLIENT + "message", CLIENT + "presence",
                           CLIENT + "iq"):
            self.handled += 1
        return element


def test_clients_of_a_restarted_c2sd_resume_and_lose_nothing(own_suite,
                                                             crowd_of):
    suite = own_suite(c2s=2)
    people = crowd_of(suite)
    romeo, juliet = (Resuming(people, one)
                     for one in people.friends("romeo", "juliet"))
    restart = threading.Thread(target=suite.ctl, args=("restart", "c2sd"))
    said, got = 0, []

    restart.start()
    while restart.is_alive() or said < 50:
        try:
            romeo.client.send(juliet.client.bare, f"number {said}")
            acknowledged(romeo.client, said + 1)
            said += 1
        except (StreamClosed, OSError):
            said = romeo.resumes()
    restart.join()
    while len(got) < said:
        try:
            element = juliet.next()
        except (StreamClosed, OSError):
            juliet.resumes()
            continue
        if is_message(element):
            got.append(element.findtext(CLIENT + "body"))

    assert got == [f"number {i}" for i in range(said)]
    assert romeo.resumptions >= 1


def test_everything_is_restarted_in_order(own_suite, crowd_of):
    suite = own_suite(sm=2, c2s=2, muc=2)
    kinds = ["routerd", "authd", "sm", "mucd", "c2sd", "compd", "s2sd",
             "proxy65d", "webd"]
    before = {kind: suite.pids(kind) for kind in kinds}
    postgres = suite.pids("postgres")

    told = suite.ctl("--json", "restart", "all").stdout

    assert [row["daemon"] for row in json.loads(told)] == [
        kind for kind in kinds for _ in before[kind]]
    for kind in kinds:
        assert not set(before[kind]) & set(suite.pids(kind))
    assert suite.pids("postgres") == postgres
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    romeo.send(juliet.jid, "new horses")
    juliet.receives("new horses")


@pytest.mark.parametrize("word", ["smith", "sm.7", "sm.", "sm 0", "postgres.1"])
def test_what_does_not_run_is_not_restarted(suite, word):
    result = suite.ctl("restart", word, check=False)

    assert result.returncode == 1
    assert "no process" in result.stderr


def test_without_a_supervisor_it_is_told(tmp_path):
    (tmp_path / "posthouse.conf").write_text('domains = {"localhost"}\n')
    result = subprocess.run([BIN / "posthousectl", "--state", tmp_path,
                             "restart", "sm"], capture_output=True, text=True)

    assert result.returncode == 1
    assert "no supervisor answers" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="one user for all without root")
def test_only_who_started_the_suite_may_restart_it(suite):
    path = suite.state / "run" / "command.sock"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for user in ("posthouse-c2s", "posthouse-sm", "nobody"):
        result = subprocess.run(
            ["runuser", "-u", user, "--", "python3", "-c",
             "import socket,sys;"
             "socket.socket(socket.AF_UNIX).connect(sys.argv[1])", str(path)],
            capture_output=True, text=True)
        assert "PermissionError" in result.stderr


def test_clients_are_told_where_to_resume(own_suite, crowd_of):
    suite = own_suite(settings={"c2sd.location": "[::1]:5222",
                                "sm.resume-timeout": 200})
    people = crowd_of(suite)
    romeo = people.online("romeo")

    romeo.send_raw("<enable xmlns='urn:xmpp:sm:3' resume='true' max='60'/>")
    enabled = romeo.waits_for(lambda e: e.tag == SM + "enabled")

    assert enabled.get("location") == "[::1]:5222"
    assert enabled.get("max") == "60"


def test_no_place_is_told_that_nobody_has_named(people):
    romeo = people.online("romeo")

    romeo.send_raw("<enable xmlns='urn:xmpp:sm:3' resume='1' max='999999'/>")
    enabled = romeo.waits_for(lambda e: e.tag == SM + "enabled")

    assert enabled.get("location") is None
    assert int(enabled.get("max")) < 999999


def test_a_login_after_a_drain_is_welcome(own_suite, crowd_of):
    suite = own_suite(users=("romeo",))
    people = crowd_of(suite)
    half = people.connect().secure()

    suite.ctl("restart", "c2sd")

    half.ends_with("system-shutdown")
    people.connect().secure().plain("romeo", PASSWORD).bind()


def test_an_installed_suite_is_restarted_unit_by_unit(tmp_path):
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\n'
                         'case "$2" in *mucd*) exit 1;; esac\n')
    systemctl.chmod(0o755)

    def restart(word):
        return subprocess.run(
            [BIN / "posthousectl", "restart", word], capture_output=True,
            text=True, env={**os.environ, "PATH": str(tmp_path)})

    assert restart("sm").returncode == 0
    failed = restart("all")

    assert failed.returncode == 1
    assert "posthouse-mucd@0.service does not serve again" in failed.stderr
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"try-restart posthouse-{unit}.service"
        for unit in ("sm@0", "routerd", "maild", "authd", "sm@0", "mucd@0")]
    assert restart("smith").returncode == 1
