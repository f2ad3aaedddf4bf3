"""A database that wants a password: the right one, a wrong one, and one that was
changed while the suite runs."""
import time

import pytest

from remote_database import ROLES, RemoteDatabase
from test_remote_database import ctl_of
from test_stream_management import REQUEST, enable
from xmpp import SM

RIGHT = "right-horse"
WRONG = "wrong-horse"


@pytest.fixture
def remote(suite):
    """`suite` has made the system users by now."""
    with RemoteDatabase(method="scram-sha-256") as database:
        for role in ROLES:
            database.set_password(role, RIGHT)
        yield database


def migrated(remote, tmp_path):
    remote.password = RIGHT
    result = ctl_of(remote, tmp_path, "db", "migrate")
    assert result.returncode == 0, result.stderr
    return remote


def log_of(suite, daemon):
    return (suite.state / "log" / f"{daemon}.log").read_text()


def waits_for_log(suite, daemon, words):
    deadline = time.monotonic() + 20
    while words not in log_of(suite, daemon):
        assert time.monotonic() < deadline, log_of(suite, daemon)
        time.sleep(0.1)


def test_an_administrator_is_told_of_a_wrong_password(remote, tmp_path):
    remote.password = WRONG

    refused = ctl_of(remote, tmp_path, "db", "migrate")

    assert refused.returncode == 1
    assert "password authentication failed" in refused.stderr
    assert WRONG not in refused.stderr


def test_a_password_that_was_changed_is_told_and_waited_for(
        remote, own_suite, crowd_of, tmp_path):
    suite = own_suite(settings={
        "database": migrated(remote, tmp_path).conninfo})
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    enable(romeo)

    remote.set_password("posthouse_sm", "another")
    remote.disconnect("posthouse_sm")
    waits_for_log(suite, "sm.0", "password authentication failed")
    romeo.send(juliet.jid, "while sm is locked out")
    juliet.receives("while sm is locked out")
    remote.set_password("posthouse_sm", RIGHT)

    waits_for_log(suite, "sm.0", "database-back")
    romeo.send_raw(REQUEST)
    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "1")
    assert RIGHT not in log_of(suite, "sm.0")
