"""The database on another host: over TLS, each daemon by its own certificate."""
import subprocess

import pytest

from remote_database import RemoteDatabase
from suite import BIN
from test_stream_management import REQUEST, enable
from xmpp import SM


def ctl_of(database, tmp_path, *words):
    (tmp_path / "posthouse.conf").write_text(
        f'domains = {{"localhost"}}\ndatabase = "{database.conninfo}"\n')
    return subprocess.run([BIN / "posthousectl", "--state", tmp_path, *words],
                          capture_output=True, text=True, timeout=60)


@pytest.fixture
def remote(suite):
    """`suite` has made the system users by now."""
    with RemoteDatabase() as database:
        yield database


def test_people_live_in_a_database_over_tls(remote, own_suite, crowd_of,
                                            tmp_path):
    migrated = ctl_of(remote, tmp_path, "db", "migrate")
    assert migrated.returncode == 0, migrated.stderr
    suite = own_suite(settings={"database": remote.conninfo})
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    romeo.send(juliet.jid, "from afar")
    juliet.receives("from afar")

    enable(romeo)
    remote.stop("immediate")
    romeo.send(juliet.jid, "while it is away")
    remote.start()

    romeo.send_raw(REQUEST)
    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "1")
    juliet.receives("while it is away")


def test_a_role_without_its_certificate_is_told(remote, tmp_path):
    (remote.folder / "posthouse_owner.pem").write_bytes(
        (remote.folder / "posthouse_sm.pem").read_bytes())
    (remote.folder / "posthouse_owner.key").write_bytes(
        (remote.folder / "posthouse_sm.key").read_bytes())

    refused = ctl_of(remote, tmp_path, "db", "migrate")

    assert refused.returncode == 1
    assert "certificate authentication failed" in refused.stderr
