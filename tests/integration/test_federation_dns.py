"""How another server is found (RFC 6120 §3.2, RFC 2782, XEP-0368, RFC 8305): a real
name server in a network namespace."""
import contextlib
import os
import socket
import threading

import pytest

import peers
from conftest import People
from federation import services
from server import PROTOCOL, Link, Server
from suite import Suite

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]

OURS = "verona.example"
BASE = 15000
NOBODY = 9  # a port at which nobody listens


def plain(host, port, priority=0, weight=0):
    return "xmpp-server", host, port, priority, weight


def direct(host, port, priority=0, weight=0):
    return "xmpps-server", host, port, priority, weight


@contextlib.contextmanager
def mute(port):
    """The kernel leaves all calls to ::1 at this port unanswered: its queue is
    full."""
    with socket.create_server(("::1", port), family=socket.AF_INET6,
                              backlog=0), \
            contextlib.ExitStack() as stack:
        for _ in range(4):
            caller = stack.enter_context(socket.socket(socket.AF_INET6))
            caller.setblocking(False)
            caller.connect_ex(("::1", port))
        yield


class Deaf:
    """Takes calls, and hangs up at the first word of each."""

    def __init__(self):
        self.calls = 0
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.port = self._sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                with self._sock.accept()[0] as call:
                    self.calls += 1
                    call.recv(10)


class World:
    """Servers, what DNS says of them, and the suite that looks for them."""

    def __init__(self, stack):
        stack.enter_context(peers.namespace())
        folder = stack.enter_context(peers.folder())
        authority = peers.Authority(folder)
        certificate = authority.issue("theirs", "direct.example",
                                      "mixed.example")
        ours = authority.issue("ours", *services(OURS))
        # One that takes calls and knows no TLS, one whose certificate is another's.
        self.deaf = stack.enter_context(Deaf())
        certificate_wrong = authority.issue("wrong", "else.example")
        self.servers = {}
        for name, domain, options in (
                ("first", "order.example", {}),
                ("second", "order.example", {}),
                ("away", "away.example", {}),
                ("direct", "direct.example",
                 {"certificate": certificate, "direct_tls": True}),
                ("mixed-plain", "mixed.example", {"certificate": certificate}),
                ("mixed-direct", "mixed.example",
                 {"certificate": certificate, "direct_tls": True}),
                ("itself", "itself.example",
                 {"address": "127.0.0.5", "port": 5269}),
                ("behind-deaf", "deaf.example",
                 {"certificate": authority.issue("deaf", "deaf.example")}),
                ("wrong", "named.example", {"certificate": certificate_wrong}),
                ("right", "named.example",
                 {"certificate": authority.issue("named", "named.example")}),
                ("refused", "refused.example", {"address": "127.0.0.66"}),
                ("six", "six.example", {"address": "::1"}),
                ("both", "both.example", {}),
                ("bücher", "bücher.example", {})):
            self.servers[name] = stack.enter_context(Server(
                domain, **options))
        stack.enter_context(mute(self.servers["both"].port))
        port = {name: server.port for name, server in self.servers.items()}
        stack.enter_context(peers.name_server(folder, {
            "order.example": [plain("four.example", port["second"], 20),
                              plain("four.example", port["first"], 10)],
            "away.example": [plain("nowhere.example", 5269, 5),
                             plain("four.example", NOBODY, 10),
                             plain("four.example", port["away"], 20)],
            "direct.example": [direct("four.example", port["direct"])],
            "mixed.example": [plain("four.example", port["mixed-plain"], 20),
                              direct("four.example", port["mixed-direct"], 10)],
            "deaf.example": [direct("four.example", self.deaf.port, 5),
                             plain("four.example", self.deaf.port, 10),
                             plain("four.example", port["behind-deaf"], 20)],
            "named.example": [plain("four.example", port["wrong"], 10),
                              plain("four.example", port["right"], 20)],
            "refused.example": [plain("refused.host.example", port["refused"])],
            "six.example": [plain("six.host.example", port["six"])],
            "both.example": [plain("both.host.example", port["both"])],
            "none.example": [plain(".", 0)],
            "dead.example": [plain("four.example", NOBODY)],
            "xn--bcher-kva.example": [plain("four.example", port["bücher"])],
        }, [("four.example", "127.0.0.1"),
            ("refused.host.example", "127.0.0.66"), ("itself.example", "127.0.0.5"),
            ("six.host.example", "::1"),
            ("both.host.example", "127.0.0.1,::1")]))
        plain_domains = ",".join(f'"{s.domain}"' for s in
                                 self.servers.values() if not s.context)
        self.suite = stack.enter_context(Suite(
            domains=(OURS,), base_port=BASE, settings={
                "s2sd.retry-delay": 0,
                "s2sd.name-servers": '{"127.0.0.1"}',
                "s2sd.refused-networks": '{"127.0.0.66/32"}',
                "s2sd.ca": authority.file, "s2sd.certificate": ours[0],
                "s2sd.key": ours[1],
                "s2sd.certificate-domains": '{"named.example"}',
                "s2sd.plain-domains": f"{{{plain_domains}}}"}))


@pytest.fixture(scope="module")
def world():
    with contextlib.ExitStack() as stack:
        yield World(stack)


@pytest.fixture
def romeo(world):
    crowd = People(world.suite)
    yield crowd.online("romeo")
    crowd.close()


@pytest.mark.parametrize("name", ["away", "direct", "itself", "six", "both",
                                  "bücher"])
def test_it_is_found(world, romeo, name):
    """Behind servers that are away, by direct TLS alone, without records, by IPv6,
    by IPv4 where IPv6 leads nowhere, and with a name beyond ASCII."""
    server = world.servers[name]

    romeo.send(f"juliet@{server.domain}", "here you are")
    server.receives("here you are")


def test_the_lowest_priority_comes_first_until_it_is_away(world, romeo):
    first, second = world.servers["first"], world.servers["second"]

    romeo.send("juliet@order.example", "one")
    first.receives("one")
    assert not second.calls
    first.close()
    romeo.send("juliet@order.example", "two")
    second.receives("two")


def test_a_place_whose_tls_fails_is_passed_by(world, romeo):
    """One without direct TLS, one without STARTTLS, then the true one (RFC 6120
    §3.2.1)."""
    server = world.servers["behind-deaf"]

    romeo.send("juliet@deaf.example", "anybody?")
    server.receives("anybody?")
    assert world.deaf.calls == 2
    romeo.send("juliet@deaf.example", "again")
    server.receives("again")
    assert world.deaf.calls == 2 and len(server.calls) == 1


def test_a_place_whose_certificate_is_anothers_is_passed_by(world, romeo):
    romeo.send("juliet@named.example", "who are you?")
    world.servers["right"].receives("who are you?")
    assert world.servers["wrong"].calls
    assert world.servers["wrong"].arrived.empty()


def test_dns_does_not_make_us_call_this_host(world, romeo):
    romeo.send("juliet@refused.example", "hello?")
    romeo.receives_error("remote-server-not-found")
    assert not world.servers["refused"].calls


def test_direct_tls_and_starttls_are_mixed_by_priority(world, romeo):
    server = world.servers["mixed-direct"]

    romeo.send("juliet@mixed.example", "one")
    server.receives("one")
    assert server.calls[-1].protocol == PROTOCOL
    assert not world.servers["mixed-plain"].calls


@pytest.mark.parametrize("domain, condition", [
    ("none.example", "remote-server-not-found"),
    ("unknown.example", "remote-server-not-found"),
    ("dead.example", "remote-server-timeout")])
def test_what_is_not_found_is_told(romeo, domain, condition):
    romeo.send(f"juliet@{domain}", "hello?")
    romeo.receives_error(condition)


@pytest.mark.parametrize("alpn", [PROTOCOL, None], ids=["alpn", "no-alpn"])
def test_direct_tls_comes_in(world, romeo, alpn):
    server = world.servers["both"]
    link = Link(world.suite, server.domain, direct_tls=True, alpn=alpn).secures()

    assert link.proves() == "valid"
    link.says_message(f"juliet@{server.domain}", romeo.jid, f"by {alpn}")
    romeo.receives(f"by {alpn}")
    link.close()


def test_direct_tls_for_another_protocol_is_refused(world):
    with pytest.raises(OSError):
        Link(world.suite, "both.example", direct_tls=True,
             alpn="xmpp-client").secures()
