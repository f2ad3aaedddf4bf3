"""Files pass a firewall: proxy65d (XEP-0065, RFC 1928)."""
import asyncio
import os
import re
import resource
import socket
import struct
import threading
import time
import uuid

import pytest

from socks import Refused, Socks, drains, key_of, sends
from test_clients import Person, conversation
from xmpp import Component, error_of

BYTESTREAMS = "http://jabber.org/protocol/bytestreams"
NS = f"{{{BYTESTREAMS}}}"
PROXY = "proxy.localhost"


def activate(client, sid, target, proxy=PROXY):
    return client.iq("set", f"<query xmlns='{BYTESTREAMS}' sid='{sid}'>"
                            f"<activate>{target}</activate></query>", proxy)


class Stream:
    """Both sides of one bytestream, not yet activated."""

    def __init__(self, suite, initiator, target, **options):
        self.initiator, self.target = initiator, target
        self.sid = uuid.uuid4().hex
        self.key = key_of(self.sid, initiator.jid, target.jid)
        self.far = Socks(suite, **options).connects(self.key)
        self.near = Socks(suite).connects(self.key)

    def activated(self):
        answer = activate(self.initiator, self.sid, self.target.jid)
        assert answer.get("type") == "result", error_of(answer)
        return self

    def close(self):
        self.near.close()
        self.far.close()


@pytest.fixture
def pair(people):
    return people.online("romeo"), people.online("juliet")


@pytest.fixture
def stream(suite, pair):
    made = Stream(suite, *pair)
    yield made
    made.close()


def waits_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def log_of(suite):
    return "".join(path.read_text() for path in
                   sorted(suite.state.rglob("proxy65d.*.log")))


# --- the XMPP side ------------------------------------------------------------

def test_the_server_lists_the_proxy(people):
    romeo = people.online("romeo")

    items = romeo.get("<query xmlns='http://jabber.org/protocol/disco#items'/>",
                      "localhost")
    info = romeo.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                     PROXY)

    assert PROXY in [i.get("jid") for i in items]
    assert "proxy.two.localhost" not in [i.get("jid") for i in items]
    identity = next(e for e in info if e.tag.endswith("identity"))
    assert (identity.get("category"), identity.get("type")) == (
        "proxy", "bytestreams")
    features = [e.get("var") for e in info if e.tag.endswith("feature")]
    assert BYTESTREAMS in features and BYTESTREAMS + "#udp" not in features


def test_the_proxy_tells_its_address(suite, people):
    romeo = people.online("romeo")

    query = romeo.get(f"<query xmlns='{BYTESTREAMS}'/>", PROXY)

    host = query.find(NS + "streamhost")
    assert (host.get("jid"), host.get("host"), host.get("port")) == (
        PROXY, "127.0.0.1", str(suite.port("PROXY")))


@pytest.mark.parametrize("kind, payload, condition", [
    ("get", "<query xmlns='jabber:iq:version'/>", "service-unavailable"),
    ("set", f"<query xmlns='{BYTESTREAMS}'/>", "bad-request"),
    ("set", f"<query xmlns='{BYTESTREAMS}' sid='x'><activate>@</activate>"
            "</query>", "bad-request"),
    ("set", f"<query xmlns='{BYTESTREAMS}' sid='{'x' * 300}'>"
            "<activate>a@b/c</activate></query>", "bad-request"),
    ("set", f"<query xmlns='{BYTESTREAMS}' sid='x'><activate>a@b/c</activate>"
            "</query>", "item-not-found")])
def test_what_the_proxy_cannot_do_is_refused(people, kind, payload, condition):
    romeo = people.online("romeo")

    assert error_of(romeo.iq(kind, payload, PROXY)) == condition


# --- transfers -----------------------------------------------------------------

def test_a_file_of_200_megabytes_arrives_whole(suite, stream):
    stream.activated()
    size = 200_000_000
    sent = []

    def pour():
        sent.append(sends(stream.near.sock, size))
        stream.near.ends()

    thread = threading.Thread(target=pour)
    thread.start()
    count, digest = drains(stream.far.sock)
    thread.join()

    assert (count, digest) == (size, sent[0])
    stream.far.ends()
    assert stream.near.is_closed()
    waits_until(lambda: stream.sid in log_of(suite))
    line = next(x for x in log_of(suite).splitlines() if stream.sid in x)
    assert " transfer " in line and f"bytes={size} " in line
    assert f"initiator={stream.initiator.jid} " in line
    assert "end=complete" in line


def test_both_directions_flow_and_end_for_themselves(stream):
    stream.activated()

    stream.near.sock.sendall(b"question")
    stream.near.ends()
    assert stream.far.read(8) == b"question"
    assert stream.far.is_closed()
    stream.far.sock.sendall(b"the answer")

    assert stream.near.read(10) == b"the answer"


def test_an_empty_file_is_a_transfer_too(suite, stream):
    stream.activated()
    stream.near.close()

    assert drains(stream.far.sock)[0] == 0
    stream.far.close()
    waits_until(lambda: stream.sid in log_of(suite))


def test_what_was_said_before_the_activation_comes_after_it(stream):
    stream.near.sock.sendall(b"too early")
    assert stream.far.hears_nothing()

    stream.activated()

    assert stream.far.read(9) == b"too early"


def test_a_side_that_dies_ends_the_other(suite, stream):
    stream.activated()
    stream.near.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                struct.pack("ii", 1, 0))
    stream.near.close()  # a reset, as when a host fails

    assert stream.far.is_closed()
    waits_until(lambda: stream.sid in log_of(suite))


def memory(pids):
    def rss(pid):
        text = open(f"/proc/{pid}/status", encoding="ascii").read()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1])
    return sum(rss(p) for p in pids)


def test_a_reader_who_does_not_read_stops_his_sender(suite, pair):
    stream = Stream(suite, *pair, receive_buffer=65536).activated()
    before = memory(suite.pids("proxy65d"))
    stream.near.sock.settimeout(1)
    poured = 0

    with pytest.raises(TimeoutError):
        while poured < 1 << 30:
            poured += stream.near.sock.send(bytes(1 << 20))

    assert poured < 64 << 20
    assert memory(suite.pids("proxy65d")) - before < 4096
    stream.near.ends()
    assert drains(stream.far.sock)[0] == poured
    stream.close()


def test_a_slow_reader_is_not_an_idle_one(own_suite, crowd_of):
    """What the relay holds takes him longer than proxy65d.idle-timeout."""
    suite = own_suite(settings={"proxy65d.idle-timeout": 1})
    crowd = crowd_of(suite)
    stream = Stream(suite, crowd.online("romeo"),
                    crowd.online("juliet")).activated()
    thread = threading.Thread(target=sends, args=(stream.near.sock, 12_000_000))
    thread.start()
    count, began = 0, time.monotonic()
    while time.monotonic() - began < 6:
        count += len(stream.far.read(40_000))
        time.sleep(0.1)
    assert len(stream.far.read(12_000_000 - count)) == 12_000_000 - count
    thread.join()


def test_two_people_with_slixmpp_send_a_file(suite, people):
    class Sender(Person):
        def __init__(self, *args):
            super().__init__(*args)
            self.register_plugin("xep_0065", {"auto_accept": True})

    async def scene():
        romeo = await Sender(suite, people.account("romeo")).comes_online()
        juliet = await Sender(suite, people.account("juliet")).comes_online()
        content, heard = os.urandom(3_000_000), bytearray()
        juliet.add_event_handler("socks5_data", lambda e: heard.extend(e))

        road = await asyncio.wait_for(
            romeo["xep_0065"].handshake(juliet.boundjid.full), 15)
        await asyncio.wait_for(road.write(content), 15)
        deadline = time.monotonic() + 15
        while len(heard) < len(content) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)

        assert bytes(heard) == content
        road.transport.close()
        await romeo.leaves()
        await juliet.leaves()

    conversation(scene())


# --- never an open relay -----------------------------------------------------------

@pytest.mark.parametrize("request_, reply", [
    (b"\5\1\0\1\x7f\0\0\1\0\x16", 8),
    (b"\5\1\0\4" + bytes(15) + b"\1\0\x16", 8),
    (b"\5\1\0\3\x09localhost\0\x16", 2),
    (b"\5\1\0\3\x28" + b"0" * 40 + b"\0\x16", 2),
    (b"\5\1\0\3\x28" + b"z" * 40 + b"\0\0", 2),
    (b"\5\2\0\3\x28" + b"0" * 40 + b"\0\0", 7),
    (b"\5\3\0\3\x28" + b"0" * 40 + b"\0\0", 7)],
    ids=["ipv4", "ipv6", "host", "port", "no-hash", "bind", "udp"])
def test_no_other_destination_is_reached(suite, request_, reply):
    socks = Socks(suite)
    assert socks.greets() == 0

    with pytest.raises(Refused, match=str(reply)):
        socks.asks(request_)

    assert socks.is_closed()


def test_socks4_is_refused(suite):
    socks = Socks(suite)
    socks.sock.sendall(b"\4\1\0\x16\x7f\0\0\1\0")
    assert socks.is_closed()


def test_a_password_is_not_what_the_proxy_wants(suite):
    socks = Socks(suite)
    assert socks.greets(b"\2") == 0xff
    assert socks.is_closed()


def test_a_third_party_on_the_same_hash_is_refused(suite, stream):
    with pytest.raises(Refused, match="2"):
        Socks(suite).connects(stream.key)
    stream.activated()
    with pytest.raises(Refused, match="2"):
        Socks(suite).connects(stream.key)

    stream.near.sock.sendall(b"still ours")
    assert stream.far.read(10) == b"still ours"


def test_a_wrong_hash_meets_nobody(suite, pair, stream):
    """Of the two names the wrong way round, and of another stream."""
    romeo, juliet = pair
    strays = [Socks(suite).connects(key)
              for key in (key_of(stream.sid, juliet.jid, romeo.jid),
                          key_of("other", romeo.jid, juliet.jid))]

    stream.activated()
    assert error_of(activate(romeo, "other", juliet.jid)) == "not-allowed"
    stream.near.sock.sendall(b"for juliet alone")

    assert stream.far.read(16) == b"for juliet alone"
    for stray in strays:
        assert stray.hears_nothing()
        stray.close()


def test_only_the_initiator_activates(people, stream):
    mallory = people.online("mallory")

    for client, target in ((stream.target, stream.initiator.jid),
                           (stream.target, stream.target.jid),
                           (mallory, stream.target.jid)):
        answer = activate(client, stream.sid, target)
        assert error_of(answer) == "item-not-found"
    answer = activate(stream.initiator, "another sid", stream.target.jid)
    assert error_of(answer) == "item-not-found"

    stream.near.sock.sendall(b"x")
    assert stream.far.hears_nothing()


def test_nothing_is_activated_with_one_side_alone(suite, pair):
    romeo, juliet = pair
    alone = Socks(suite).connects(key_of("alone", romeo.jid, juliet.jid))

    answer = activate(romeo, "alone", juliet.jid)

    assert error_of(answer) == "not-allowed"
    alone.close()


def test_a_stream_is_activated_once(stream):
    stream.activated()
    answer = activate(stream.initiator, stream.sid, stream.target.jid)
    assert error_of(answer) == "conflict"


# --- limits ----------------------------------------------------------------------------

@pytest.fixture
def narrow(own_suite, crowd_of):
    """A suite in which everything is scarce."""
    suite = own_suite(settings={
        "proxy65d.max-streams-per-user": 1, "proxy65d.activation-timeout": 2,
        "proxy65d.idle-timeout": 2, "proxy65d.max-pending-per-address": 10,
        "proxy65d.user-bandwidth": 1_000_000})
    crowd = crowd_of(suite)
    return suite, crowd.online("romeo"), crowd.online("juliet")


def test_limits_hold(narrow):
    suite, romeo, juliet = narrow
    first = Stream(suite, romeo, juliet).activated()
    second = Stream(suite, romeo, juliet)

    answer = activate(romeo, second.sid, juliet.jid)
    assert error_of(answer) == "resource-constraint"
    second.close()

    began = time.monotonic()
    thread = threading.Thread(target=sends, args=(first.near.sock, 2_000_000))
    thread.start()
    assert len(first.far.read(2_000_000)) == 2_000_000
    thread.join()
    assert 1 < time.monotonic() - began < 6

    began = time.monotonic()
    assert first.far.is_closed()  # idle
    assert time.monotonic() - began < 6

    waiting = [Socks(suite) for _ in range(10)]
    assert Socks(suite).is_closed()
    for socks in waiting:  # none of them was ever activated
        assert socks.is_closed()
    Stream(suite, romeo, juliet).activated().close()


def test_access_may_be_closed_and_opened_without_a_restart(own_suite, crowd_of):
    suite = own_suite(settings={"proxy65d.local": "false"})
    romeo = crowd_of(suite).online("romeo")

    answer = romeo.iq("get", f"<query xmlns='{BYTESTREAMS}'/>", PROXY)

    assert error_of(answer) == "forbidden"


def test_the_proxy_can_be_for_a_department_alone(suite, pair, people):
    insider, outsider = pair
    stream = Stream(suite, outsider, insider)
    suite.ctl("department", "add", "couriers")
    suite.ctl("department", "member", "add", "couriers", insider.bare)
    rules = [suite.ctl("transfer", "add", *words).stdout.strip() for words in (
        ("allow", "--direction", "proxy", "--department", "couriers"),
        ("refuse", "--direction", "proxy", "--reason", "couriers alone"))]
    query = f"<query xmlns='{BYTESTREAMS}'/>"
    try:
        waits_until(lambda: error_of(outsider.iq("get", query, PROXY))
                    == "forbidden")
        answer = activate(outsider, stream.sid, insider.jid)
        assert error_of(answer) == "forbidden"
        assert "couriers alone" in "".join(answer.itertext())
        assert insider.iq("get", query, PROXY).get("type") == "result"
        Stream(suite, insider, outsider).activated().close()
    finally:
        for rule in rules:
            suite.ctl("transfer", "del", rule)
    waits_until(lambda: outsider.iq("get", query, PROXY).get("type")
                == "result")
    stream.activated().close()


def test_another_domain_is_let_in_by_name(own_suite):
    components = {"one.localhost": "s", "other.localhost": "s"}
    suite = own_suite(components=components,
                      settings={"proxy65d.access": '{"one.localhost"}'})
    query = f"<query xmlns='{BYTESTREAMS}'/>"

    def asks(name):
        component = Component(suite, name).shakes_hands("s").is_welcome()
        component.stanza(f"<iq type='get' id='q' from='a@{name}/r' "
                         f"to='{PROXY}'>{query}</iq>")
        return component.waits_for(lambda e: e.get("id") == "q")

    assert asks("one.localhost").get("type") == "result"
    assert error_of(asks("other.localhost")) == "forbidden"


def test_all_together_have_bounds_too(own_suite, crowd_of):
    suite = own_suite(settings={"proxy65d.max-streams": 2,
                                "proxy65d.bandwidth": 1_000_000})
    crowd = crowd_of(suite)
    people = [crowd.online(f"p{i}") for i in range(4)]
    streams = [Stream(suite, people[i], people[3]) for i in range(3)]

    for stream in streams[:2]:
        stream.activated()
    answer = activate(people[2], streams[2].sid, people[3].jid)
    assert error_of(answer) == "resource-constraint"

    began = time.monotonic()
    threads = [threading.Thread(target=sends, args=(s.near.sock, 1_000_000))
               for s in streams[:2]]
    for thread in threads:
        thread.start()
    for stream in streams[:2]:
        assert len(stream.far.read(1_000_000)) == 1_000_000
    for thread in threads:
        thread.join()
    assert time.monotonic() - began > 1  # 2 MB, less half a second at once
    for stream in streams:
        stream.close()


def test_hundreds_of_streams_flow_at_once(own_suite, crowd_of):
    """More than the kernel has large pipes for."""
    suite = own_suite(settings={"proxy65d.max-streams-per-user": 0,
                                "proxy65d.max-pending-per-address": 0})
    crowd = crowd_of(suite)
    romeo, juliet = crowd.online("romeo"), crowd.online("juliet")
    part = os.urandom(100_000)

    streams = [Stream(suite, romeo, juliet).activated() for _ in range(400)]
    for stream in streams:
        stream.near.sock.sendall(part)
        stream.far.sock.sendall(part[::-1])
    for stream in streams:
        assert stream.far.read(len(part)) == part
        assert stream.near.read(len(part)) == part[::-1]
        stream.close()


def test_five_thousand_idle_connections_cost_little(own_suite, crowd_of):
    suite = own_suite(settings={"proxy65d.max-pending-per-address": 0})
    crowd = crowd_of(suite)
    romeo, juliet = crowd.online("romeo"), crowd.online("juliet")
    before = memory(suite.pids("proxy65d"))
    crowd_of_sockets = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    try:
        for _ in range(5000):
            crowd_of_sockets.append(Socks(suite))
        stream = Stream(suite, romeo, juliet).activated()
        stream.near.sock.sendall(b"in time")
        assert stream.far.read(7) == b"in time"
        assert memory(suite.pids("proxy65d")) - before < 16384
    finally:
        for socks in crowd_of_sockets:
            socks.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# --- several processes -----------------------------------------------------------------

def test_several_processes_share_the_streams(own_suite, crowd_of):
    suite = own_suite(proxies=3)
    crowd = crowd_of(suite)
    romeo, juliet = crowd.online("romeo"), crowd.online("juliet")
    assert len(suite.pids("proxy65d")) == 3

    for i in range(8):
        stream = Stream(suite, romeo, juliet).activated()
        stream.near.sock.sendall(b"%d" % i)
        assert stream.far.read(1) == b"%d" % i
        stream.close()

    lines = [p.read_text().count(" transfer ") for p in
             sorted(suite.state.rglob("proxy65d.*.log"))]
    waits_until(lambda: log_of(suite).count(" transfer ") == 8)
    assert len(lines) == 3


def test_a_proxy_that_was_killed_serves_again(own_suite, crowd_of):
    suite = own_suite()
    crowd = crowd_of(suite)
    romeo, juliet = crowd.online("romeo"), crowd.online("juliet")
    suite.kill_one("proxy65d")

    def works():
        try:
            Stream(suite, romeo, juliet).activated().close()
        except (OSError, AssertionError, Refused):
            return False
        return True

    waits_until(works)


def test_the_numbers_tell_of_transfers(suite, stream):
    stream.activated()
    stream.near.sock.sendall(b"count me")
    assert stream.far.read(8) == b"count me"

    line = next(x for x in suite.ctl("status").stdout.splitlines()
                if x.startswith("proxy65d.0"))

    numbers = dict(word.split("=") for word in line.split()[1:])
    assert int(numbers["streams"]) >= 1 and int(numbers["bytes"]) >= 8


# --- datagrams ---------------------------------------------------------------------------

class Datagrams:
    """A UDP association and its endpoint."""

    def __init__(self, suite, key):
        self.tcp = Socks(suite).connects(key, command=3)
        self.key = key
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.connect(("127.0.0.1", suite.port("PROXY")))
        self.sock.settimeout(5)

    def send(self, data, port=0, fragment=0):
        self.sock.send(b"\0\0" + bytes([fragment, 3, 40]) + self.key.encode()
                       + struct.pack(">H", port) + data)

    def initializes(self, client):
        self.send(client.jid.encode(), port=1)
        message = client.waits_for(
            lambda e: e.find(NS + "udpsuccess") is not None)
        assert message.find(NS + "udpsuccess").get("dstaddr") == self.key
        return self

    def hears_nothing(self):
        self.sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            self.sock.recv(100)
        self.sock.settimeout(5)


def test_datagrams_pass_where_they_may(own_suite, crowd_of):
    suite = own_suite(settings={"proxy65d.udp": "true"})
    crowd = crowd_of(suite)
    romeo, juliet = crowd.online("romeo"), crowd.online("juliet")
    key = key_of("u1", romeo.jid, juliet.jid)

    near, far = Datagrams(suite, key), Datagrams(suite, key)
    far.initializes(juliet)
    answer = activate(romeo, "u1", juliet.jid)
    assert error_of(answer) == "not-allowed"
    near.initializes(romeo)
    near.send(b"\0\1\0\1early")
    answer = activate(romeo, "u1", juliet.jid)
    assert answer.get("type") == "result", error_of(answer)

    near.send(b"\0\1\0\1hello")
    assert far.sock.recv(100) == b"\0\1\0\1hello"
    far.send(b"\0\1\0\1back ", fragment=1)
    far.send(b"again", fragment=0x82)
    assert near.sock.recv(100) == b"\0\1\0\1back again"

    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.sendto(b"\0\0\0\3\x28" + key.encode() + b"\0\0evil",
                    ("127.0.0.1", suite.port("PROXY")))
    far.hears_nothing()
    near.hears_nothing()

    near.tcp.close()
    assert far.tcp.is_closed()
    near.send(b"\0\1\0\1late")
    far.hears_nothing()
