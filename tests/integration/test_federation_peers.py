"""Federation with Debian's Prosody, found by DNS (dnsmasq), in a
network namespace."""
import contextlib
import os

import pytest

import peers
from conftest import People, befriend
from federation import log_of, services
from suite import Suite
from xmpp import CLIENT, Client

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]

OURS = "verona.example"
BASE = 15000
THEIRS = {"prosody": ("prosody.example", (16000, 16010))}


def records(at):
    """Every name of a server is found at the same port."""
    return {name: [("xmpp-server", "host.example", port, 0, 0)]
            for domain, port in at.items() for name in services(domain)}


@contextlib.contextmanager
def world(name, *, trusts, **settings):
    """One suite and one other server. trusts: both believe the CA of both
    certificates; otherwise dialback has to do."""
    domain, ports = THEIRS[name]
    with contextlib.ExitStack() as stack:
        stack.enter_context(peers.namespace())
        folder = stack.enter_context(peers.folder())
        ca = peers.Authority(folder)
        ours = ca.issue("ours", *services(OURS), self_signed=not trusts)
        theirs = ca.issue("theirs", *services(domain), self_signed=not trusts)
        stack.enter_context(peers.name_server(
            folder, records({OURS: BASE + 69, domain: ports[1]}),
            [("host.example", "127.0.0.1")]))
        peer = stack.enter_context(getattr(peers, name)(
            folder, domain, ports, theirs, ca.file))
        suite = stack.enter_context(Suite(
            domains=(OURS,), base_port=BASE,
            settings={"s2sd.name-servers": '{"127.0.0.1"}',
                      "s2sd.certificate": ours[0], "s2sd.key": ours[1],
                      "s2sd.ca": ca.file, **settings}))
        yield suite, peer


@pytest.fixture(scope="module", params=[
    ("prosody", False), ("prosody", True)],
    ids=["prosody-dialback", "prosody-certificate"])
def both(request):
    name, trusts = request.param
    with world(name, trusts=trusts) as (suite, peer):
        peer.trusts = trusts
        yield suite, peer


@pytest.fixture
def pair(both):
    """Romeo at our server, Juliet at the other."""
    suite, peer = both
    crowd = People(suite)
    juliet = Client(peer).secure()
    if "SCRAM-SHA-256" in juliet.mechanisms():
        juliet.scram("juliet", peers.PASSWORD)
    elif "SCRAM-SHA-1" in juliet.mechanisms():
        juliet.scram("juliet", peers.PASSWORD, "SHA-1")
    else:
        juliet.plain("juliet", peers.PASSWORD)
    juliet.bind().comes_online()
    yield crowd.online("romeo"), juliet
    crowd.close()
    juliet.close()


def test_they_talk(pair, both):
    romeo, juliet = pair
    suite, peer = both

    romeo.send(juliet.jid, "what light?")
    juliet.receives("what light?", sender=romeo.jid)
    juliet.send(romeo.jid, "wherefore?")
    romeo.receives("wherefore?", sender=juliet.jid)
    for i in range(100):
        romeo.send(juliet.jid, f"there {i}")
        juliet.send(romeo.jid, f"back {i}")
    for i in range(100):
        juliet.receives(f"there {i}")
        romeo.receives(f"back {i}")

    by = "certificate" if peer.trusts else "dialback"
    assert f"by={by}" in log_of(suite)


def test_they_subscribe_and_see_each_other(pair):
    romeo, juliet = pair

    befriend(romeo, juliet)
    juliet.presence("unavailable")
    romeo.receives_presence(juliet.jid, "unavailable")


def test_a_message_waits_for_who_is_offline(pair, both):
    romeo, juliet = pair
    suite, _ = both
    romeo.leaves()

    juliet.send(romeo.bare, "later")
    crowd = People(suite)
    crowd.again(romeo).receives("later", sender=juliet.jid)
    crowd.close()


def test_rooms_are_entered_on_both_sides(pair, both):
    romeo, juliet = pair
    suite, peer = both

    for host, guest, domain in ((romeo, juliet, suite.domain),
                                (juliet, romeo, peer.domain)):
        room = f"balcony-{host.jid.split('@')[0]}@conference.{domain}"
        enter = "<x xmlns='http://jabber.org/protocol/muc'/>"
        host.presence(to=f"{room}/host", inside=enter)
        host.receives_presence(f"{room}/host")
        host.set("<query xmlns='http://jabber.org/protocol/muc#owner'>"
                 "<x xmlns='jabber:x:data' type='submit'/></query>", to=room)
        guest.presence(to=f"{room}/guest", inside=enter)
        guest.receives_presence(f"{room}/host")
        guest.receives_presence(f"{room}/guest")
        guest.send(room, "good evening", kind="groupchat")
        host.receives("good evening", sender=f"{room}/guest")
        guest.receives("good evening", sender=f"{room}/guest")


def test_an_unknown_user_is_told(pair):
    romeo, juliet = pair

    romeo.send(f"nobody@{juliet.domain}", "hello?")
    error = romeo.waits_for(lambda e: e.tag == CLIENT + "message"
                            and e.get("type") == "error")
    assert error.get("from").startswith("nobody@")
    juliet.send(f"nobody@{romeo.domain}", "hello?")
    juliet.receives_error("service-unavailable")
