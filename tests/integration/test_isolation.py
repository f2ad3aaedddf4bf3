"""What a daemon that was taken over cannot do: attempts made as its own user."""
import os
import pwd
import signal
import subprocess
import time

import pytest

AS_ROOT = os.geteuid() == 0

BIND_ATTEMPT = """
import socket, sys
link = socket.socket(socket.AF_UNIX)
link.settimeout(3)
try:
    link.connect(sys.argv[1])
    link.sendall(b"<stream xmlns='urn:posthouse:link:1' node='evil'>")
    link.sendall(sys.argv[2].encode())
    answer = b""
    while b"refused" not in answer and b"bound" not in answer:
        data = link.recv(4096)
        if not data:
            break
        answer += data
except OSError as error:
    print("no way:", error)
    sys.exit()
print(answer.decode())
"""


FLOOD = """
import socket, sys
link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
link.sendall(b"<stream xmlns='urn:posthouse:link:1' node='evil'>"
             b"<bind address='c2s/9'/>")
frame = b"<route to='sm/1' from='c2s/9' len='4'><x/></route>" * 1000
while True:
    link.sendall(frame)
"""


def run_as(user, *command):
    return subprocess.run(["runuser", "-u", user, "--", *map(str, command)],
                          capture_output=True, text=True, timeout=20)


def user_of(pid):
    return pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid).pw_name


@pytest.mark.parametrize("kind, user", [
    ("routerd", "posthouse-router"), ("c2sd", "posthouse-c2s"),
    ("authd", "posthouse-auth"), ("sm", "posthouse-sm"),
    ("mucd", "posthouse-muc"), ("compd", "posthouse-comp"),
    ("s2sd", "posthouse-s2s"), ("proxy65d", "posthouse-proxy"),
    ("webd", "posthouse-web")])
def test_each_daemon_has_its_own_user(suite, kind, user):
    expected = user if AS_ROOT else pwd.getpwuid(os.geteuid()).pw_name

    assert {user_of(pid) for pid in suite.pids(kind)} == {expected}


@pytest.mark.parametrize("kind", ["routerd", "c2sd", "authd", "sm", "mucd",
                                  "compd", "s2sd", "proxy65d", "webd"])
def test_no_daemon_can_win_privileges_again(suite, kind):
    for pid in suite.pids(kind):
        status = open(f"/proc/{pid}/status", encoding="ascii").read()
        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status
        assert "CapEff:\t0000000000000000" in status or not AS_ROOT


@pytest.mark.skipif(not AS_ROOT, reason="one user for all without root")
@pytest.mark.parametrize("user", ["posthouse-c2s", "posthouse-comp",
                                  "posthouse-s2s", "posthouse-proxy",
                                  "posthouse-web",
                                  "posthouse-router"])
def test_the_network_side_reaches_no_database(suite, user):
    result = run_as(user, "psql", "-h", suite.env["PH_PG_SOCKET"], "-d",
                    "posthouse", "-c", "select 1")

    assert result.returncode != 0


def test_webd_rotates_its_log_and_keeps_its_folder(suite):
    """Landlock leaves it these two."""
    log = suite.state / "log/webd.0.log"
    log.rename(log.with_suffix(".old"))
    os.kill(int((suite.state / "run/posthouse.pid").read_text()),
            signal.SIGHUP)

    deadline = time.monotonic() + 10
    while not (log.exists() and "reloaded" in log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(not AS_ROOT, reason="one user for all without root")
@pytest.mark.parametrize("user", ["posthouse-c2s", "posthouse-sm",
                                  "posthouse-proxy"])
def test_nobody_else_reads_what_was_uploaded(suite, user):
    for path in ("uploads", "uploads/files", "uploads/slot.key"):
        assert run_as("posthouse-web", "test", "-r",
                      suite.state / path).returncode == 0
        assert run_as(user, "test", "-r", suite.state / path).returncode != 0


@pytest.mark.skipif(not AS_ROOT, reason="one user for all without root")
def test_c2sd_cannot_read_the_key_of_grants(suite):
    keys = list(suite.state.rglob("grant.key"))
    assert keys

    for key in keys:
        assert run_as("posthouse-c2s", "test", "-r", key).returncode != 0
        assert run_as("posthouse-sm", "test", "-r", key).returncode == 0


@pytest.mark.skipif(not AS_ROOT, reason="one user for all without root")
@pytest.mark.parametrize("address", ["sm/0", "auth/0", "localhost"])
def test_c2sd_cannot_answer_at_the_address_of_another(suite, address):
    sockets = list(suite.state.rglob("router.sock"))
    assert sockets

    result = run_as("posthouse-c2s", "/usr/bin/python3", "-c", BIND_ATTEMPT,
                    sockets[0], f"<bind address='{address}'/>")

    assert "refused" in result.stdout
    assert "bound" not in result.stdout


@pytest.mark.skipif(not AS_ROOT, reason="one user for all without root")
@pytest.mark.parametrize("user, address, answer", [
    ("posthouse-comp", "conference.localhost", "refused"),
    ("posthouse-comp", "localhost", "refused"),
    ("posthouse-comp", "unknown.example", "refused"),
    ("posthouse-muc", "localhost", "refused"),
    ("posthouse-muc", "sm/0", "refused"),
    ("posthouse-muc", "echo.localhost", "refused")])
def test_rooms_and_components_keep_to_their_domains(suite, user, address,
                                                    answer):
    result = run_as(user, "/usr/bin/python3", "-c", BIND_ATTEMPT,
                    next(suite.state.rglob("router.sock")),
                    f"<bind address='{address}'/>")

    assert answer in result.stdout


@pytest.mark.skipif(not AS_ROOT, reason="one user for all without root")
def test_a_stranger_cannot_reach_the_router(suite):
    result = run_as("nobody", "/usr/bin/python3", "-c", BIND_ATTEMPT,
                    next(suite.state.rglob("router.sock")),
                    "<bind address='c2s/9'/>")

    assert "bound" not in result.stdout


@pytest.mark.parametrize("kind", ["routerd", "c2sd", "authd", "sm", "mucd",
                                  "compd"])
def test_a_daemon_that_dies_is_started_again(own_suite, crowd_of, kind):
    suite = own_suite(users=("romeo", "juliet"))
    people = crowd_of(suite)

    suite.kill_one(kind)

    deadline = time.monotonic() + 15
    while True:
        try:
            romeo = people.login("romeo").comes_online()
            romeo.send(romeo.jid, "we are back")
            romeo.receives("we are back")
            break
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def test_nothing_of_posthouse_listens_beyond_loopback(suite):
    listening = subprocess.run(["ss", "-Htln"], capture_output=True,
                               text=True).stdout.splitlines()
    ports = {str(suite.port("C2S")), str(suite.port("C2S_TLS")),
             str(suite.port("COMPONENT"))}

    for line in listening:
        address, _, port = line.split()[3].rpartition(":")
        if port in ports:
            assert address in ("127.0.0.1", "[::1]")


@pytest.mark.skipif(not AS_ROOT, reason="one user for all without root")
def test_a_flood_is_held_back_and_hurts_nobody(own_suite, crowd_of):
    """c2sd's user sends to an sm as fast as it can: people go on talking."""
    suite = own_suite(settings={"routerd.max-peer-buffer": 1 << 20})
    people = crowd_of(suite)
    romeo, juliet = people.online(), people.online()
    socket = next(suite.state.rglob("router.sock"))
    flood = subprocess.Popen(["runuser", "-u", "posthouse-c2s", "--",
                              "/usr/bin/python3", "-c", FLOOD, str(socket)])
    try:
        time.sleep(1)
        for number in range(20):
            romeo.send(juliet.jid, f"still here {number}")
            juliet.receives(f"still here {number}")
    finally:
        flood.kill()
        flood.wait()

    assert "peer-closed node=sm" not in suite.logs()
