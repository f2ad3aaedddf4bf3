"""`posthouse up`, `down` and `status`: what an administrator and scripts see."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from suite import BIN, ROOT, free_base_port

AS_ROOT = os.geteuid() == 0
as_root_only = pytest.mark.skipif(not AS_ROOT,
                                  reason="one user for all without root")
DAEMONS = ["postgres", "routerd", "authd", "sm", "mucd", "c2sd", "compd",
           "s2sd", "proxy65d", "webd"]


def posthouse(*words, **environment):
    return subprocess.run([BIN / "posthouse", *map(str, words)],
                          capture_output=True, text=True, timeout=90,
                          env={**os.environ, **environment})


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


def all_pids(suite):
    return [pid for kind in DAEMONS for pid in suite.pids(kind)]


def psql(suite, user, role, statement):
    switch = ["runuser", "-u", user, "--"] if user else []
    return subprocess.run(
        [*switch, "psql", "-qAt", "-h", suite.env["PH_PG_SOCKET"], "-U", role,
         "-d", "posthouse", "-c", statement],
        capture_output=True, text=True, timeout=20)


def up_again(suite, base=None):
    """The same folder once more; what it prints is told on failure."""
    result = posthouse("up", "--state", suite.state, "--base-port",
                       base or free_base_port(), "--detach")
    assert result.returncode == 0, result.stderr
    suite.read_env()


def test_status_tells_every_process_and_its_pid(suite):
    rows = json.loads(posthouse("status", "--state", suite.state,
                                "--json").stdout)

    assert [row["daemon"] for row in rows] == DAEMONS
    for row in rows:
        assert row["pid"] in suite.pids(row["daemon"])


def test_a_second_supervisor_is_refused(suite):
    result = posthouse("up", "--state", suite.state, "--detach")

    assert result.returncode == 1
    assert "already" in result.stderr


def test_down_leaves_no_process_behind(own_suite):
    suite = own_suite()
    pids = all_pids(suite)

    assert posthouse("down", "--state", suite.state).returncode == 0

    assert len(pids) == len(DAEMONS)
    assert not any(map(is_alive, pids))
    assert not (suite.state / "posthouse.env").exists()
    assert posthouse("status", "--state", suite.state).returncode == 1
    assert posthouse("down", "--state", suite.state).returncode == 0


def test_down_fails_where_no_suite_is(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        result = posthouse("down", "--state", folder)

        assert result.returncode == 1
        assert str(folder) in result.stderr


def test_a_second_start_finds_key_certificate_and_data_again(own_suite):
    suite = own_suite()
    kept = [suite.state / "keys" / "grant.key",
            suite.state / "tls" / "cert.pem", suite.state / "tls" / "key.pem"]
    before = [path.read_bytes() for path in kept]
    psql(suite, None, "posthouse_owner",
         "INSERT INTO account (domain, username) VALUES ('localhost', 'x')")
    posthouse("down", "--state", suite.state)

    up_again(suite)

    assert [path.read_bytes() for path in kept] == before
    count = psql(suite, None, "posthouse_owner", "SELECT count(*) FROM account")
    assert count.stdout.strip() == "1"


def test_what_a_killed_supervisor_left_is_replaced(own_suite):
    suite = own_suite()
    left = all_pids(suite)
    os.kill(int((suite.state / "run" / "posthouse.pid").read_text()),
            signal.SIGKILL)
    time.sleep(0.2)

    up_again(suite)

    assert not any(map(is_alive, left))


def test_what_was_left_on_the_same_ports_is_replaced(own_suite):
    suite = own_suite(c2s=2, sm=2)
    left = all_pids(suite)
    os.kill(int((suite.state / "run" / "posthouse.pid").read_text()),
            signal.SIGKILL)
    time.sleep(0.2)

    up_again(suite, suite.port("C2S") - 22)

    assert len(left) == len(DAEMONS) + 2
    assert not any(map(is_alive, left))


@pytest.fixture
def own_sql(tmp_path):
    """A copy of the SQL files, to which a test adds migrations."""
    return shutil.copytree(ROOT / "sql", tmp_path / "sql")


def schema_version(suite):
    return int(psql(suite, None, "posthouse_owner",
                    "SELECT max(version) FROM schema_version").stdout)


def test_a_new_migration_is_applied_at_the_next_start(own_suite, own_sql):
    suite = own_suite()
    version = schema_version(suite) + 1
    posthouse("down", "--state", suite.state)
    (own_sql / "migrations" / f"{version:04}_more.sql").write_text(
        f"INSERT INTO schema_version (version) VALUES ({version});"
        "CREATE TABLE more (a integer);")

    for _ in range(2):  # the second start has nothing to do
        posthouse("up", "--state", suite.state, "--base-port",
                  free_base_port(), "--detach", POSTHOUSE_SQL=str(own_sql))
        suite.read_env()
        assert schema_version(suite) == version
        posthouse("down", "--state", suite.state)


def test_a_migration_that_fails_changes_nothing(own_suite, own_sql):
    suite = own_suite()
    version = schema_version(suite)
    posthouse("down", "--state", suite.state)
    name = f"{version + 1:04}_broken.sql"
    (own_sql / "migrations" / name).write_text(
        f"INSERT INTO schema_version (version) VALUES ({version + 1});"
        "CREATE TABLE more (a integer); SELECT no_such_function();")

    result = posthouse("up", "--state", suite.state, "--detach",
                       POSTHOUSE_SQL=str(own_sql))

    assert result.returncode == 1
    assert name in result.stderr and "no_such_function" in result.stderr
    up_again(suite)
    assert schema_version(suite) == version
    missing = psql(suite, None, "posthouse_owner", "SELECT * FROM more")
    assert "does not exist" in missing.stderr


def test_restarts_are_counted(own_suite):
    suite = own_suite()

    suite.kill_one("authd")

    rows = json.loads(posthouse("status", "--state", suite.state,
                                "--json").stdout)
    restarts = {row["daemon"]: row["restarts"] for row in rows}
    assert restarts == {**dict.fromkeys(DAEMONS, 0), "authd": 1}


def test_logs_go_on_after_a_rotation(own_suite):
    suite = own_suite()
    log = suite.state / "log" / "authd.0.log"
    log.rename(suite.state / "log" / "authd.0.log.1")

    os.kill(int((suite.state / "run" / "posthouse.pid").read_text()),
            signal.SIGHUP)

    deadline = time.monotonic() + 5
    while not (log.exists() and "reloaded" in log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_port_in_use_is_told_and_nothing_stays(own_suite):
    base = free_base_port()
    with socket.socket() as taken, \
            tempfile.TemporaryDirectory(prefix="posthouse-test-") as state:
        os.chmod(state, 0o755)
        taken.bind(("127.0.0.1", base + 22))
        taken.listen()

        result = posthouse("up", "--state", state, "--base-port", base,
                           "--detach")

        assert result.returncode == 1
        assert f"port {base + 22}" in result.stderr
        assert posthouse("status", "--state", state).returncode == 1


@pytest.mark.parametrize("option", ["c2sd.port", "c2sd.tls-port",
                                    "compd.port"])
def test_a_port_of_another_suite_is_refused(suite, option):
    """c2sd shares its ports: the kernel alone would let both suites listen."""
    name = {"c2sd.port": "C2S", "c2sd.tls-port": "C2S_TLS",
            "compd.port": "COMPONENT"}[option]
    port = suite.port(name)
    before = all_pids(suite)
    with tempfile.TemporaryDirectory(prefix="posthouse-test-") as state:
        os.chmod(state, 0o755)

        result = posthouse("up", "--state", state, "--base-port",
                           free_base_port(), "--set", f"{option}={port}",
                           "--detach")

        assert result.returncode == 1
        assert f"127.0.0.1 port {port}: Address already in use; see " \
            f"--base-port, --listen, --set {option}=N" in result.stderr
        assert not (Path(state) / "pg" / "PG_VERSION").exists()
    assert all_pids(suite) == before


@as_root_only
@pytest.mark.parametrize("verb", ["status", "down"])
def test_whoever_may_not_look_is_told_so(suite, verb):
    """Not that nothing runs."""
    with tempfile.TemporaryDirectory(prefix="posthouse-test-") as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(BIN / "posthouse", folder)

        result = subprocess.run(
            ["runuser", "-u", "nobody", "--", program, verb, "--state",
             suite.state], capture_output=True, text=True, timeout=20)

    assert result.returncode == 1
    assert result.stderr == f"posthouse: {suite.state}/run: Permission denied\n"


@pytest.mark.parametrize("program", ["posthouse", "posthousectl", "phchat"])
def test_each_program_knows_its_version(program):
    said = subprocess.run([BIN / program, "--version"], capture_output=True,
                          text=True, timeout=20)

    assert said.returncode == 0
    assert said.stdout.startswith(f"{program} (Posthouse) ")


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_a_start_leaves_nothing_behind(interrupt):
    """make run and Ctrl-C, before all serve."""
    with tempfile.TemporaryDirectory(prefix="posthouse-test-") as state:
        os.chmod(state, 0o755)
        pid_file = Path(state) / "run" / "posthouse.pid"
        starting = subprocess.Popen(
            [BIN / "posthouse", "up", "--state", state, "--base-port",
             str(free_base_port()), "--detach"], stderr=subprocess.DEVNULL)
        while not (pid_file.exists() and pid_file.read_text()):
            time.sleep(0.01)

        starting.send_signal(interrupt)

        assert starting.wait(60) == 128 + interrupt
        assert "nothing runs" in posthouse("status", "--state", state).stderr
        assert posthouse("up", "--state", state, "--base-port",
                         free_base_port(), "--detach").returncode == 0
        assert posthouse("down", "--state", state).returncode == 0


def test_a_failure_shows_nothing_of_an_earlier_one(own_suite):
    with tempfile.TemporaryDirectory(prefix="posthouse-test-") as state:
        os.chmod(state, 0o755)
        told = [posthouse("up", "--state", state, "--base-port",
                          free_base_port(), "--detach", "--set",
                          f"c2sd.certificate=/nonexistent/{name}").stderr
                for name in ("first", "second")]

    assert "/nonexistent/first: No such file or directory" in told[0]
    assert "/nonexistent/second" in told[1]
    assert "/nonexistent/first" not in told[1]


@pytest.mark.parametrize("words, expected", [
    (["--set", "c2sd.unheard-of=1"], "c2sd.unheard-of"),
    (["--set", "c2sd.port=seventy"],
     "--set c2sd.port=seventy: invalid integer value"),
    (["--set", "sm.resource-conflict=fight"],
     "--set sm.resource-conflict=fight: resource-conflict: expected one of"),
    (["--set", "c2sd.port=70000"],
     "--set c2sd.port=70000: port: expected a number from 0 to 65535")])
def test_a_wrong_setting_is_told(own_suite, words, expected):
    with tempfile.TemporaryDirectory(prefix="posthouse-test-") as state:
        os.chmod(state, 0o755)

        result = posthouse("up", "--state", state, "--detach", *words)

        assert result.returncode == 1
        assert expected in result.stderr


@as_root_only
@pytest.mark.parametrize("user, role, statement", [
    ("posthouse-sm", "posthouse_sm", "SELECT stored_key FROM credential"),
    ("posthouse-sm", "posthouse_sm", "UPDATE account SET email = 'x@example.org'"),
    ("posthouse-sm", "posthouse_sm", "UPDATE account SET enabled = true"),
    ("posthouse-sm", "posthouse_sm", "DELETE FROM account"),
    ("posthouse-sm", "posthouse_auth", "SELECT 1"),
    ("posthouse-muc", "posthouse_muc", "SELECT * FROM roster"),
    ("posthouse-muc", "posthouse_muc", "SELECT * FROM credential"),
    ("posthouse-sm", "posthouse_sm", "SELECT * FROM room_message"),
    ("posthouse-auth", "posthouse_auth", "SELECT jid FROM roster"),
    ("posthouse-auth", "posthouse_owner", "SELECT 1"),
    ("posthouse-ctl", "posthouse_ctl", "SELECT stored_key FROM credential"),
    ("posthouse-ctl", "posthouse_ctl", "SELECT stanza FROM message"),
    ("posthouse-sm", "posthouse_sm", "CREATE TABLE mine (a integer)")])
def test_no_role_may_more_than_it_needs(suite, user, role, statement):
    result = psql(suite, user, role, statement)

    assert result.returncode != 0
    assert "denied" in result.stderr or "Peer auth" in result.stderr


@as_root_only
@pytest.mark.parametrize("user", ["posthouse-c2s", "posthouse-sm",
                                  "posthouse-auth"])
def test_only_compd_reads_the_secrets_of_components(suite, user):
    secret = subprocess.run(["runuser", "-u", user, "--", "cat",
                             suite.state / "compd.conf"], capture_output=True)
    shared = (suite.state / "posthouse.conf").read_text()

    assert secret.returncode != 0
    assert "sesame" not in shared


def test_the_environment_is_whole_at_any_time(own_suite):
    suite = own_suite()
    names = set(suite.env)

    os.kill(suite.pids("compd")[0], signal.SIGKILL)

    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        assert set(suite.read_env()) == names
    assert len(suite.pids("compd")) == 1
