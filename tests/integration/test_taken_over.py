"""What a daemon that was taken over gets by lying on the link (its user, real
daemons at the other end)."""
import json
import os
import subprocess
from pathlib import Path

import pytest

from suite import PASSWORD
from xmpp import b64

pytestmark = pytest.mark.skipif(os.geteuid() != 0,
                                reason="one user for all without root")

LINK = "xmlns='urn:posthouse:link:1'"
SCRIPT = Path(__file__).with_name("taken_over.py")
FORGED_GRANT = "1:1700000000:" + "0" * 64
SHARDS = 64


def lies(suite, user, address, steps):
    result = subprocess.run(
        ["runuser", "-u", user, "--", "/usr/bin/python3", "-c",
         SCRIPT.read_text(), str(next(suite.state.rglob("router.sock"))),
         address],
        input=json.dumps(steps), capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def still_well(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    romeo.send(juliet.jid, "still here?")
    juliet.receives("still here?")


@pytest.mark.parametrize("element", ["session-open", "session-resume"])
def test_c2sd_opens_no_session_without_a_grant(suite, people, element):
    name = people.account()
    body = (f"<{element} {LINK} jid='{name}@localhost' grant='{FORGED_GRANT}' "
            "peer='192.0.2.1' resource='evil' "
            "id='0123456789abcdef0123456789abcdef' h='0'/>")

    got = lies(suite, "posthouse-c2s", "c2s/9",
               [[f"sm/{shard}", 7, 0, body] for shard in range(SHARDS)])

    refused = {shard for shard, _, b in got
               if b.startswith("<session-refused")}
    assert len(refused) == SHARDS
    assert not any("<session-opened" in b or "<session-resumed" in b
                   for _, _, b in got)


def test_a_grant_is_for_its_stream_and_its_user_alone(suite, people):
    """It is really given for the attacker's own account, and then tried for
    another stream and for somebody else."""
    mine, victim = people.account("mine"), people.account("victim")
    plain = b64(f"\0{mine}\0{PASSWORD}".encode())
    start = (f"<auth-start {LINK} mechanism='PLAIN' domain='localhost' "
             f"peer='192.0.2.1' secure='1' data='{plain}'/>")
    granted = lies(suite, "posthouse-c2s", "c2s/9", [["auth/0", 7, 0, start]])
    success = next(b for _, _, b in granted if b.startswith("<auth-success"))
    grant = success.split("grant='")[1].split("'")[0]

    def attempt(address, sid, name):
        body = (f"<session-open {LINK} jid='{name}@localhost' grant='{grant}' "
                "peer='192.0.2.1'/>")
        got = lies(suite, "posthouse-c2s", address,
                   [[f"sm/{shard}", sid, 0, body] for shard in range(SHARDS)])
        return any(b.startswith("<session-opened") for _, _, b in got)

    assert not attempt("c2s/9", 7, victim)
    assert not attempt("c2s/9", 8, mine)
    assert not attempt("c2s/8", 7, mine)
    assert attempt("c2s/9", 7, mine)


def test_c2sd_changes_no_password_by_the_word_of_sm(suite, people):
    """<register jid/> is sm's word about a user who is logged in."""
    name = people.account()
    body = (f"<register {LINK} jid='{name}@localhost'>"
            "<iq xmlns='jabber:client' type='set' id='1'>"
            "<query xmlns='jabber:iq:register'>"
            f"<username>{name}</username><password>stolen one</password>"
            "</query></iq></register>")

    lies(suite, "posthouse-c2s", "c2s/9", [["auth/0", 7, 0, body]])

    people.login(name, password=PASSWORD)


@pytest.mark.parametrize("user, address", [
    ("posthouse-c2s", "c2s/9"), ("posthouse-comp", "other.localhost"),
    ("posthouse-proxy", "proxy/9"), ("posthouse-muc", "muc/99"),
    ("posthouse-web", "web/9")])
def test_nobody_delivers_in_another_users_name(suite, people, user, address):
    juliet = people.online("juliet")
    body = (f"<message from='pope@localhost/r' to='{juliet.jid}'>"
            "<body>forged</body></message>")

    lies(suite, user, address,
         [[f"sm/{shard}", 0, 0, body] for shard in range(SHARDS)])

    juliet.hears_nothing_of(lambda e: "forged" in "".join(e.itertext()))


def test_frames_out_of_order_and_nonsense_harm_nobody(suite, people):
    pids = {kind: suite.pids(kind) for kind in
            ("routerd", "sm", "authd", "mucd", "c2sd")}
    most = 2 ** 64 - 1
    controls = [f"<{name} {LINK} n='{most}' in='{most}' out='{most}' "
                f"h='{most}' id='x' max='{most}' resume='1' "
                f"detached='{most}' in-base='{most}' out-base='{most}' "
                "jid='a@localhost/r'/>"
                for name in ("session-acked", "session-held",
                             "session-enable", "session-detach",
                             "session-close", "session-restore", "restored",
                             "session-keep", "seen", "restore", "fanout",
                             "session-ask", "session-gone", "answer")]
    steps = []
    for to in ("sm/0", "sm/63", "auth/0", "muc/0", "c2s/0"):
        steps += [[to, 7, 0, body] for body in controls]
        steps += [[to, 7, most, "<message/>"], [to, 7, 1, "<iq/>"],
                  [to, 0, 0, "<" * 100], [to, 0, 0, "<a>" * 9000]]
        steps += [["raw", to, attributes, "<x/>"] for attributes in (
            f" seq='{most}' low='{most}'", f" ack='{most}'",
            f" seq='5' ack='{most}' done='1-{most}' low='1'",
            f" epoch='{most}' hello='{most}:{most}'",
            f" seq='1' low='{most}'", " hello='x'")]
    lies(suite, "posthouse-c2s", "c2s/9", steps)

    still_well(people)
    assert pids == {kind: suite.pids(kind) for kind in pids}
