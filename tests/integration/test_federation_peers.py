"""Federation with Debian's Prosody and ejabberd, found by DNS (dnsmasq), in a network
namespace."""
import concurrent.futures
import contextlib
import os

import pytest

import peers
from conftest import People, befriend
from federation import log_of, services
from socks import Socks, key_of
from suite import Suite
from xmpp import CLIENT, Client

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]

OURS = "verona.example"
BASE = 15000
THEIRS = {"prosody": ("prosody.example", (16000, 16010)),
          "ejabberd": ("ejabberd.example", (16100, 16110))}


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
                      "s2sd.refused-networks": "{}",
                      "s2sd.certificate": ours[0], "s2sd.key": ours[1],
                      "s2sd.ca": ca.file,
                      "proxy65d.access": f'{{"{domain}"}}', **settings}))
        yield suite, peer


@pytest.fixture(scope="module", params=[
    ("prosody", False), ("prosody", True),
    ("ejabberd", False), ("ejabberd", True)],
    ids=["prosody-dialback", "prosody-certificate",
         "ejabberd-dialback", "ejabberd-certificate"])
def both(request):
    name, trusts = request.param
    with world(name, trusts=trusts) as (suite, peer):
        peer.trusts = trusts
        yield suite, peer


def activate(sender, receiver, proxy):
    sender.set("<query xmlns='http://jabber.org/protocol/bytestreams' "
               f"sid='file'><activate>{receiver.jid}</activate></query>", proxy)


def send_all(sock, data):
    """Prosody's proxy keeps the end back until the sender has closed."""
    sock.sendall(data)
    sock.close()


def log_in(peer):
    """Juliet at the other server."""
    juliet = Client(peer).secure()
    offered = juliet.mechanisms()
    for hash_name in ("SHA-256", "SHA-1"):
        if f"SCRAM-{hash_name}" in offered:
            juliet.scram("juliet", peers.PASSWORD, hash_name)
            break
    else:
        juliet.plain("juliet", peers.PASSWORD)
    juliet.bind().presence()
    juliet.hears_nothing_of(lambda e: False)  # the server has taken it
    return juliet


@pytest.fixture
def pair(both):
    """Romeo at our server, Juliet at the other."""
    suite, peer = both
    crowd = People(suite)
    juliet = log_in(peer)
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
    suite, peer = both
    romeo.leaves()

    juliet.send(romeo.bare, "later")
    crowd = People(suite)
    romeo = crowd.again(romeo)
    romeo.receives("later", sender=juliet.jid)

    juliet.leaves()
    romeo.send(juliet.bare, "later still")
    again = log_in(peer)
    again.receives("later still", sender=romeo.jid)
    again.close()
    crowd.close()


def test_who_comes_online_later_sees_his_contact_there(pair, both):
    romeo, juliet = pair
    suite, peer = both
    befriend(romeo, juliet)

    romeo.leaves()
    crowd = People(suite)
    romeo = crowd.again(romeo)
    romeo.receives_presence(juliet.jid)  # the answer to a probe
    juliet.leaves()
    juliet = log_in(peer)
    juliet.receives_presence(romeo.jid)
    juliet.close()
    crowd.close()


def test_a_file_passes_the_proxy_of_either_server(pair, both):
    romeo, juliet = pair
    suite, peer = both

    for sender, receiver, server in ((romeo, juliet, peer),
                                     (juliet, romeo, suite)):
        data = os.urandom(1 << 20)
        key = key_of("file", sender.jid, receiver.jid)
        into, out = Socks(server).connects(key), Socks(server).connects(key)
        activate(sender, receiver, f"proxy.{server.domain}")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            sent = pool.submit(send_all, into.sock, data)
            assert out.read(len(data)) == data
            sent.result()
        out.sock.close()


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
