"""Services beside the suite that clients are told of (XEP-0215)."""
import base64
import hashlib
import hmac
import os
import signal
import time


EXTDISCO = "{urn:xmpp:extdisco:2}"
ALL = "<services xmlns='urn:xmpp:extdisco:2'/>"
RELAYS = {"sm.relays": '{"stun:stun.example.org", "turn:turn.example.org"}'}


def services(client, payload=ALL):
    return {e.get("type"): e for e in
            client.get(payload, to="localhost").iter(EXTDISCO + "service")}


def password_for(secret, service):
    mac = hmac.new(secret.encode(), service.get("username").encode(),
                   hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


def test_a_client_learns_where_to_relay_and_with_which_password(own_suite,
                                                                crowd_of):
    romeo = crowd_of(own_suite(settings={
        **RELAYS, "sm.relay-secret": "north",
        "sm.relay-lifetime": 600})).online("romeo")

    told = services(romeo)
    assert told["stun"].get("host") == "stun.example.org"
    assert told["stun"].get("password") is None
    turn = told["turn"]
    assert turn.get("password") == password_for("north", turn)
    assert 0 < int(turn.get("username").split(":")[0]) - time.time() <= 600
    assert "romeo" not in turn.get("username")

    again = services(romeo, "<credentials xmlns='urn:xmpp:extdisco:2'><service "
                            "type='turn' host='turn.example.org'/>"
                            "</credentials>")["turn"]
    assert again.get("password") == password_for("north", again)


def test_a_suite_without_services_tells_of_none(people):
    romeo = people.online()

    assert services(romeo) == {}
    info = romeo.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                     to="localhost")
    assert EXTDISCO[1:-1] in [e.get("var") for e in info]


def test_a_secret_in_a_file_is_read_again_at_sighup(own_suite, crowd_of):
    suite = own_suite(settings={**RELAYS, "sm.relay-secret-file": "/tmp/none"})
    secret = suite.state / "turn.secret"
    conf = suite.state / "posthouse.conf"
    romeo = crowd_of(suite).online("romeo")
    assert services(romeo)["turn"].get("password") is None

    secret.write_text("second\n")
    conf.write_text(conf.read_text().replace("/tmp/none", str(secret)))
    os.kill(suite.pids("sm")[0], signal.SIGHUP)
    deadline = time.monotonic() + 10
    while not services(romeo)["turn"].get("password"):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    turn = services(romeo)["turn"]
    assert turn.get("password") == password_for("second", turn)
