"""What hostile peers send, before login and after it: an error to them, nothing
to anybody else."""
import contextlib
import socket
import subprocess
import time

import pytest

from suite import PASSWORD
from xmpp import CLIENT, STREAM, Client, StreamClosed, error_of

HEADER = ("<stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
          "xmlns:stream='http://etherx.jabber.org/streams'>")
RESTRICTED = [b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<!-- comment -->",
              b"<?pi data?>", b"<message>&undefined;</message>"]


def everybody_is_well(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    romeo.send(juliet.jid, "still here?")
    juliet.receives("still here?")


@pytest.mark.parametrize("header, conditions", [
    (HEADER.replace("localhost", "unknown.invalid"), ["host-unknown"]),
    (HEADER.replace("jabber:client", "jabber:wrong"), ["invalid-namespace"]),
    (HEADER.replace("etherx.jabber.org/streams", "wrong.example/streams"),
     ["invalid-namespace", "bad-namespace-prefix"]),
    (HEADER.replace("version='1.0'", "version='2.0'").replace(
        "stream:stream to", "stream:wrong to"), ["bad-format",
                                                 "invalid-namespace",
                                                 "not-well-formed"]),
    ("<?xml version='1.0' encoding='ISO-8859-1'?>" + HEADER,
     ["unsupported-encoding"]),
    ("<!DOCTYPE stream>" + HEADER, ["restricted-xml", "not-well-formed"]),
    ("GET / HTTP/1.1\r\n\r\n", ["not-well-formed", "bad-format"]),
], ids=["unknown-host", "content-namespace", "stream-namespace", "root-name",
        "encoding", "doctype", "http"])
def test_a_wrong_header_is_refused(people, header, conditions):
    stranger = people.connect()

    stranger.send_raw(header)

    stranger.ends_with(*conditions)


@pytest.mark.parametrize("data", RESTRICTED,
                         ids=["doctype", "comment", "pi", "entity"])
@pytest.mark.parametrize("logged_in", [False, True])
def test_restricted_xml_ends_the_stream(people, data, logged_in):
    client = people.online() if logged_in else people.connect()
    if not logged_in:
        client.open()

    client.send_raw(data)

    client.ends_with("restricted-xml", "not-well-formed")
    everybody_is_well(people)


def test_restricted_xml_is_noticed_at_its_first_byte(people):
    client = people.online()
    client.send_raw("<!D")
    client.ends_with("restricted-xml", "not-well-formed")


@pytest.mark.parametrize("data", [
    b"<message><body>\xff\xfe</body></message>",
    b"<message><body>\xc0\xaf</body></message>",
    b"<message><body>\xed\xa0\x80</body></message>",
    b"<message><body>\xf5\x80\x80\x80</body></message>",
    b"<message><body>a\x00b</body></message>"],
    ids=["stray", "overlong", "surrogate", "beyond", "nul"])
def test_invalid_utf8_ends_the_stream(people, data):
    client = people.online()

    client.send_raw(data)

    client.ends_with("not-well-formed", "bad-format", "unsupported-encoding")


@pytest.mark.parametrize("data, conditions", [
    (b"<message>" + b"<a>" * 20000, ["policy-violation"]),
    (b"<message " + b" ".join(b"a%d=''" % i for i in range(100000)) + b"/>",
     ["policy-violation"]),
    (b"<message x='" + b"y" * 400000, ["policy-violation"]),
    (b"<message><body>" + b"y" * 400000, ["policy-violation"]),
    (b"<" + b"m" * 400000, ["policy-violation"]),
    (b"<a:b/>", ["bad-namespace-prefix", "not-well-formed"]),
    (b"<message></iq>", ["not-well-formed"]),
    (b"<unknown/>", ["unsupported-stanza-type"]),
], ids=["deep", "attributes", "attribute", "body", "name", "prefix",
        "mismatch", "unknown"])
def test_excess_ends_the_stream_and_harms_nobody(people, data, conditions):
    client = people.online()

    with contextlib.suppress(OSError):
        client.send_raw(data)

    client.ends_with(*conditions)
    everybody_is_well(people)


def test_a_large_attribute_is_answered_without_a_further_byte(people):
    client = people.online()

    client.stanza("<iq type='get' id='big' to='localhost'>"
                  f"<ping xmlns='urn:xmpp:ping' x='{'y' * 100000}'/></iq>")

    client.waits_for(lambda e: e.get("id") == "big", timeout=3)


def test_white_space_before_login_has_an_end(suite):
    client = Client(suite)
    client.open()
    with pytest.raises(OSError):
        for _ in range(3000):
            client.send_raw(b" " * 10000)
            time.sleep(0.0005)
    client.close()


@pytest.mark.parametrize("data", [b"<a>" * 20000, b"<a x='" + b"y" * 90000,
                                  b"<a>" + b"y" * 90000],
                         ids=["deep", "attribute", "text"])
def test_limits_before_login_are_lower(people, data):
    stranger = people.connect()
    stranger.open()
    with contextlib.suppress(OSError):
        stranger.send_raw(data)
    stranger.ends_with("policy-violation")


def test_bytes_behind_starttls_close_the_stream(people):
    """STARTTLS injection (CVE-2011-0411): what came in the clear must never be
    read as if it had come under TLS."""
    client = people.connect()
    client.open()

    client.send_raw("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                    "mechanism='PLAIN'>AGEAYg==</auth>")

    client.is_closed()


def test_who_does_not_log_in_is_sent_away(own_suite, crowd_of):
    people = crowd_of(own_suite(settings={"c2sd.pre-auth-timeout": 1}))
    stranger = people.connect()
    stranger.open()

    stranger.is_closed(timeout=5)


def test_one_address_has_so_many_connections_and_no_more(own_suite, crowd_of):
    suite = own_suite(settings={"c2sd.max-connections-per-address": 5})
    people = crowd_of(suite)
    for _ in range(5):
        people.connect().open()

    with pytest.raises((StreamClosed, OSError, AssertionError)):
        people.connect().open()


def test_a_spoofed_from_is_refused_or_corrected(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    try:
        romeo.stanza(f"<message from='pope@vatican.invalid' to='{juliet.jid}'>"
                     "<body>indulgence</body></message>")
        romeo.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
        refused = False
    except (StreamClosed, OSError):
        refused = True

    if not refused:
        message = juliet.receives("indulgence")
        assert message.get("from") == romeo.jid


def test_a_forged_roster_push_reaches_nobody_as_the_servers(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.stanza(f"<iq type='set' id='forged' to='{juliet.jid}'>"
                 "<query xmlns='jabber:iq:roster'>"
                 "<item jid='evil@localhost' subscription='both'/>"
                 "</query></iq>")
    romeo.iq("get", "<ping xmlns='urn:xmpp:ping'/>")

    juliet.hears_nothing_of(lambda e: e.get("id") == "forged"
                            and e.get("from") != romeo.jid)
    assert "evil@localhost" not in juliet.roster()


def test_a_prefix_of_the_senders_header_is_complete_for_the_receiver(people):
    name = people.account("romeo")
    juliet = people.online("juliet")
    romeo = people.connect().secure().plain(name, PASSWORD)
    romeo.open("xmlns:mine='urn:example:mine'")
    romeo.iq("set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")

    romeo.stanza(f"<message to='{juliet.jid}'><body>prefixed</body>"
                 "<mine:x mine:a='1'/></message>")

    message = juliet.receives("prefixed")
    assert message.find("{urn:example:mine}x").get("{urn:example:mine}a") == "1"


def test_a_stanza_before_binding_is_refused(people):
    client = people.connect().secure().plain(people.account(), PASSWORD)
    client.open()

    client.stanza("<message to='a@localhost'><body>early</body></message>")

    answer = client.next()
    assert answer.tag == STREAM + "error" or error_of(answer)


def test_a_client_that_never_reads_costs_no_one_else(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    text = "x" * 50000

    for _ in range(400):
        romeo.send(juliet.jid, text)

    everybody_is_well(people)


def deaf(suite, name):
    """A client online whose socket takes next to nothing and is never read."""
    client = Client(suite, receive_buffer=2048)
    client.secure().plain(name, PASSWORD).bind().comes_online()
    return client


def test_clients_that_do_not_read_do_not_stop_their_senders(people, suite):
    """What waits for each is below its bound, and all together above the window
    that the sender shares with all users of his shard."""
    crowd = [deaf(suite, people.account("deaf")) for _ in range(8)]
    sender = people.online("sender")
    sender.sock.settimeout(20)

    for client in crowd:
        for _ in range(18):
            sender.send(client.jid, "x" * 200000)

    sender.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
    for client in crowd:
        client.close()


def test_a_flood_of_offline_messages_locks_nobody_out(people):
    """More waits than one session's queue may hold (sm.session-queue): the user
    logs in and reads all of it in order, and so he does what comes meanwhile."""
    name = people.account("victim")
    sender = people.online("sender")
    for number in range(40):
        sender.send(f"{name}@localhost", f"{number}:" + "x" * 200000)
    sender.iq("get", "<ping xmlns='urn:xmpp:ping'/>")

    victim = people.login(name).comes_online()
    sender.send(f"{name}@localhost", "40:live")

    for number in range(41):
        message = victim.waits_for(lambda e: e.find(CLIENT + "body") is not None)
        assert message.find(CLIENT + "body").text.startswith(f"{number}:")
    everybody_is_well(people)


@pytest.mark.parametrize("logged_in", [False, True])
def test_nothing_is_ever_compressed(people, logged_in):
    """A bomb of 1:1000 needs XEP-0138, which is neither offered nor taken."""
    client = people.connect().secure()
    if logged_in:
        client.plain(people.account(), PASSWORD).open()
    assert not any("compress" in e.tag for e in client.features.iter())

    client.send_raw("<compress xmlns='http://jabber.org/protocol/compress'>"
                    "<method>zlib</method></compress>")

    client.ends_with("not-authorized", "policy-violation",
                     "unsupported-stanza-type")


def test_tls_is_not_negotiated_twice(suite):
    """CVE-2021-32920: a client that renegotiates makes the server compute."""
    result = subprocess.run(
        ["openssl", "s_client", "-tls1_2", "-connect",
         f"127.0.0.1:{suite.port('C2S_TLS')}", "-servername", "localhost"],
        input="R\n", capture_output=True, text=True, timeout=20)

    assert "RENEGOTIATING" in result.stdout + result.stderr
    assert "no renegotiation" in (result.stdout + result.stderr).lower()


def test_garbage_on_the_direct_tls_port_closes_it(suite):
    with socket.create_connection(("127.0.0.1", suite.port("C2S_TLS")),
                                  5) as raw:
        raw.sendall(b"<stream:stream>" + b"\x00" * 500)
        raw.settimeout(5)
        try:
            while raw.recv(4096):
                pass
        except ConnectionError:
            pass
