"""What strangers, and servers that lie, may try at the server port (XEP-0220 §3,
RFC 6120 §13)."""
import socket
import ssl

import pytest

from conftest import People
from federation import log_of
from server import KEY, Link, Server
from suite import Suite
from xmpp import is_message

pytestmark = pytest.mark.whole

STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
OURS, THEIRS, ELSE = "verona.example", "mantua.example", "padua.example"
PAIRS = 20
MUTE = [f"mute{i}.example" for i in range(PAIRS + 5)]


@pytest.fixture(scope="module")
def theirs():
    with Server(THEIRS) as server:
        yield server


@pytest.fixture(scope="module")
def other():
    """A third server, which somebody may wish to trouble."""
    with Server(ELSE) as server:
        yield server


@pytest.fixture(scope="module")
def mute():
    """Takes connections and says nothing."""
    with Server("mute.example", is_mute=True) as server:
        yield server


@pytest.fixture(scope="module")
def town(theirs, other, mute):
    ports = {THEIRS: theirs.port, ELSE: other.port,
             **dict.fromkeys(MUTE, mute.port)}
    settings = {f"s2sd.connect.{domain}": f"127.0.0.1:{port}"
                for domain, port in ports.items()}
    with Suite(domains=(OURS, "second.example"), settings={
            **settings, "s2sd.plain-domains": f'{{"{THEIRS}", "{ELSE}"}}',
            "s2sd.max-connections-per-address": 40, "s2sd.claim-rate": 0,
            "s2sd.max-domain-pairs": PAIRS}) as suite:
        yield suite
        assert " signal=" not in suite.logs()


@pytest.fixture
def romeo(town):
    crowd = People(town)
    yield crowd.online("romeo")
    crowd.close()


@pytest.fixture
def link(town):
    """A connection with TLS, nothing proved."""
    links = []

    def make(domain=THEIRS, **options):
        links.append(Link(town, domain, **options))
        return links[-1]

    yield make
    for one in links:
        one.close()


@pytest.fixture
def proved(link):
    """One that the suite believes to be mantua.example."""
    stream = link().secures()
    assert stream.proves() == "valid"
    return stream


# --- who is not verified -----------------------------------------------------

def test_a_stanza_before_verification_ends_the_stream(link, romeo):
    stream = link().secures()

    stream.says_message(f"juliet@{THEIRS}", romeo.jid)
    stream.ends_with("not-authorized")
    romeo.hears_nothing_of(is_message)


def test_a_spoofed_domain_is_not_believed(link, romeo, town):
    stream = link().secures()

    assert stream.proves(key="a key that eve made") == "invalid"
    stream.is_closed()
    assert "the key is not of this domain" in log_of(town)
    romeo.hears_nothing_of(is_message)


def test_answers_that_nobody_asked_for_verify_nothing(link, romeo):
    stream = link().secures()

    stream.says_result(THEIRS, OURS, kind="valid")
    stream.says_result(OURS, THEIRS, kind="valid")
    stream.says_verify(THEIRS, OURS, stream.id, kind="valid")
    stream.says_message(f"juliet@{THEIRS}", romeo.jid)
    stream.ends_with("not-authorized")
    romeo.hears_nothing_of(is_message)


def test_a_third_server_vouches_for_nobody(link, romeo):
    """The answer must come from the server of that domain, as DNS has it."""
    stream = link(ELSE).secures()
    assert stream.proves() == "valid"

    stream.says_verify(THEIRS, OURS, "whatever", kind="valid")
    stream.says_message(f"juliet@{THEIRS}", romeo.jid)
    stream.ends_with("invalid-from")
    romeo.hears_nothing_of(is_message)


@pytest.mark.parametrize("sender, to, condition", [
    (THEIRS, "nobody.example", "item-not-found"),
    (OURS, "second.example", "not-acceptable"),
    (f"conference.{OURS}", OURS, "not-acceptable")],
    ids=["not-our-domain", "our-own-domain", "our-rooms"])
def test_domains_that_cannot_be_are_refused(link, sender, to, condition):
    stream = link().secures()

    assert stream.proves(sender, to) == condition
    assert stream.proves() == "valid"  # the stream goes on


def test_a_stream_to_a_domain_that_is_not_ours_ends(link):
    stream = link(to="nobody.example")

    stream.says_header(THEIRS, "nobody.example")
    stream.ends_with("host-unknown")


def test_a_stream_from_a_domain_of_ours_ends(link):
    stream = link()

    stream.says_header("second.example", OURS)
    stream.ends_with("invalid-from")


def test_our_keys_are_ours_alone(link):
    stream = link().secures()

    stream.says_verify(THEIRS, OURS, "an-id", KEY)
    assert stream.next().get("type") == "invalid"
    stream.says_verify(THEIRS, "nobody.example", "an-id", KEY)
    assert stream.next().get("type") == "error"


# --- who is, and lies --------------------------------------------------------

@pytest.mark.parametrize("sender", [
    f"eve@{ELSE}", f"romeo@{OURS}", f"x@conference.{OURS}",
    f"eve@sub.{THEIRS}", f"eve@{THEIRS}.example"])
def test_a_verified_server_speaks_for_its_domain_alone(proved, romeo, sender):
    proved.says_message(f"juliet@{THEIRS}", romeo.jid, "true")
    romeo.receives("true")

    proved.says_message(sender, romeo.jid, "false")
    proved.ends_with("invalid-from")
    romeo.hears_nothing_of(is_message)


def test_a_verified_server_speaks_to_that_domain_alone(proved):
    proved.says_message(f"juliet@{THEIRS}", "romeo@second.example")
    proved.ends_with("invalid-from")


@pytest.mark.parametrize("attributes", [
    f"to='romeo@{OURS}'", f"from='juliet@{THEIRS}'",
    f"from='' to='romeo@{OURS}'"])
def test_stanzas_without_addresses_end_the_stream(proved, attributes):
    proved.send_raw(f"<message {attributes}><body>x</body></message>")
    proved.ends_with("improper-addressing")


def test_an_address_that_is_none_is_no_harm_to_others(proved, romeo, theirs):
    """One user of a more lenient server would end the stream for all of them."""
    proved.says_message("@", romeo.jid, "whose?")
    proved.says_message(f"juliet@{THEIRS}", "a@b@c", "whither?")
    proved.says_message(f"juliet@{THEIRS}", romeo.jid, "undisturbed")
    romeo.receives("undisturbed")
    error = theirs.arrived.get(timeout=10)
    assert error.find(f".//{STANZAS}jid-malformed") is not None


def test_an_address_by_older_rules_costs_its_stanza_alone(proved, romeo):
    """RFC 6122 has names with symbols, RFC 7622 has not."""
    proved.says_message(f"i\u2665you@{THEIRS}", romeo.jid, "lost")
    proved.says_message(f"juliet@{THEIRS}", f"i\u2665you@{OURS}", "refused")
    proved.says_message(f"juliet@{THEIRS}", romeo.jid, "heard")
    romeo.receives("heard")


def test_nothing_is_relayed_to_a_third_server(proved, other):
    proved.says_message(f"juliet@{THEIRS}", f"somebody@{ELSE}")
    proved.ends_with("invalid-from")
    assert other.arrived.empty()


# --- amplification -----------------------------------------------------------

def test_many_claims_make_one_call_to_their_victim(link, other):
    """One connection to the domain, one question for each connection of ours."""
    calls, questions = len(other.calls), other.questions.qsize()
    streams = [link().secures() for _ in range(8)]

    for stream in streams:
        for _ in range(5):  # the same again is no new question
            stream.says_result(ELSE, OURS, "a key that eve made")
    for stream in streams:
        stream.next()
    assert len(other.calls) <= calls + 1
    assert other.questions.qsize() <= questions + len(streams)


def test_claims_of_one_stream_are_bounded(link):
    stream = link().secures()

    for domain in MUTE:
        stream.says_result(domain, OURS, "a key that eve made")
    for domain in MUTE[PAIRS:]:  # the others wait for their servers
        answer = stream.next()
        assert answer.get("to") == domain
        assert answer[0][0].tag.endswith("}resource-constraint")


def test_trouble_with_some_domains_is_no_trouble_for_others(
        link, proved, romeo):
    streams = [link().secures() for _ in range(5)]
    for i, stream in enumerate(streams):
        for k in range(15):
            stream.says_result(f"victim{i}-{k}.invalid", OURS, "x")

    proved.says_message(f"juliet@{THEIRS}", romeo.jid, "undisturbed")
    romeo.receives("undisturbed")


def test_connections_of_one_address_are_bounded(town):
    sockets = [socket.create_connection(("127.0.0.1", town.port("S2S")))
               for _ in range(60)]
    closed = 0

    for one in sockets:
        one.settimeout(0.2)
        try:
            closed += one.recv(1) == b""
        except TimeoutError:
            pass
    for one in sockets:
        one.close()
    assert closed >= 20


# --- bytes -------------------------------------------------------------------

BOMBS = {
    "doctype": b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>]>",
    "comment": b"<!-- x -->",
    "instruction": b"<?php x?>",
    "entity": b"<message><body>&lol;</body></message>",
    "nesting": b"<a>" * 20000,
    "attributes": b"<message " + b" ".join(
        b"a%d='x'" % i for i in range(20000)) + b"/>",
    "attribute": b"<message a='" + b"x" * 2_000_000 + b"'/>",
    "name": b"<" + b"x" * 2_000_000 + b"/>",
    "text": b"<message><body>" + b"x" * 2_000_000 + b"</body></message>",
    "utf-8": b"<message><body>\xc0\xaf</body></message>",
    "prefix": b"<evil:message/>",
    "garbage": bytes(range(256)) * 10,
}


def send_all(stream, data):
    """The suite may close before it has read all."""
    try:
        stream.send_raw(data)
    except (OSError, ssl.SSLError):
        pass


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
@pytest.mark.parametrize("state", ["clear", "secure", "verified"])
def test_bombs_end_their_own_stream_alone(town, link, romeo, proved, bomb,
                                          state):
    before = town.pids("s2sd")
    stream = link()
    if state == "clear":
        stream.opens()
    else:
        stream.secures()
    if state == "verified":
        assert stream.proves() == "valid"

    send_all(stream, bomb)
    stream.is_closed()
    proved.says_message(f"juliet@{THEIRS}", romeo.jid, "still here")
    romeo.receives("still here")
    assert town.pids("s2sd") == before


def test_white_space_counts_before_verification(link):
    stream = link().secures()

    send_all(stream, b" " * 200_000)
    stream.is_closed()


def test_words_before_the_handshake_end_the_stream(link):
    stream = link().opens()

    stream.send_raw("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                    f"<db:result from='{THEIRS}' to='{OURS}'>{KEY}</db:result>")
    stream.next()  # proceed
    stream.ends_with("policy-violation")


def test_without_tls_nothing_is_believed(link):
    stream = link("venice.example").opens()

    stream.says_result("venice.example", OURS, KEY)
    stream.ends_with("policy-violation")


def test_garbage_instead_of_a_handshake_is_closed(town):
    with socket.create_connection(("127.0.0.1", town.port("S2S_TLS"))) as one:
        one.settimeout(10)
        one.sendall(b"<stream:stream>" * 100)
        try:
            while one.recv(4096):
                pass
        except ConnectionError:
            pass
    assert "tls-failed" in log_of(town)


# --- after all of it ---------------------------------------------------------

def test_local_people_are_served_as_before(town, romeo):
    crowd = People(town)
    juliet = crowd.online("juliet")
    romeo.send(juliet.jid, "we are alone")
    juliet.receives("we are alone")
    crowd.close()
