"""Certificates between servers (XEP-0178, RFC 6125): good ones prove a domain, others
are refused, or dialback has to do, as policy says."""
import itertools

import pytest

import peers
from conftest import People
from federation import log_of, services
from server import Link, Server
from suite import Suite
from xmpp import is_message

pytestmark = pytest.mark.whole

OURS = "verona.example"
BAD = {"expired": ("expired", "certificate has expired"),
       "wrong-name": ("wrong", "the certificate is for another domain"),
       "self-signed": ("self", "self-signed certificate"),
       "strange-authority": ("strange", "unable to verify the first")}


class Case:
    """A server with one certificate, and what policy demands of it."""

    def __init__(self, name, certificate, reason, is_strict, **options):
        self.is_strict, self.reason = is_strict, reason
        self.certificate = certificate
        self.domain = f"{name}-{'strict' if is_strict else 'lenient'}.example"
        self.server = Server(self.domain, certificate=certificate, **options)


@pytest.fixture(scope="module")
def authority():
    with peers.folder() as folder:
        (folder / "other").mkdir()
        yield peers.Authority(folder), peers.Authority(folder / "other",
                                                       "Strange authority")


@pytest.fixture(scope="module")
def certificates(authority):
    """Of each kind, for all names of the tests."""
    ours, strange = authority
    names = [f"{name}-{how}.example" for name, how in
             itertools.product([*BAD, "good"], ("strict", "lenient"))]
    return {"expired": ours.issue("expired", *names, days=-1),
            "wrong": ours.issue("wrong", "else.example"),
            "self": ours.issue("self", *names, self_signed=True),
            "strange": strange.issue("strange", *names),
            "good": ours.issue("good", *names),
            "ours": ours.issue("ours", *services(OURS))}


@pytest.fixture(scope="module")
def cases(certificates):
    made = {}
    for is_strict in (False, True):
        for name, (kind, reason) in BAD.items():
            made[name, is_strict] = Case(name, certificates[kind], reason,
                                         is_strict)
        made["good", is_strict] = Case("good", certificates["good"], None,
                                       is_strict)
    yield made
    for case in made.values():
        case.server.close()


@pytest.fixture(scope="module")
def town(authority, certificates, cases):
    ours, _ = authority
    strict = ",".join(f'"{c.domain}"' for c in cases.values() if c.is_strict)
    connect = {f"s2sd.connect.{c.domain}": f"127.0.0.1:{c.server.port}"
               for c in cases.values()}
    with Suite(domains=(OURS,), settings={
            **connect, "s2sd.ca": ours.file,
            "s2sd.certificate": certificates["ours"][0],
            "s2sd.key": certificates["ours"][1],
            "s2sd.certificate-domains": f"{{{strict}}}"}) as suite:
        yield suite


@pytest.fixture
def romeo(town):
    crowd = People(town)
    yield crowd.online("romeo")
    crowd.close()


def lines(suite, event, domain):
    """What the log says of this event with this domain."""
    return "\n".join(line for line in log_of(suite).splitlines()
                     if f" {event} " in line and domain in line)


@pytest.fixture(params=BAD)
def bad(request, cases):
    """The lenient and the strict case of one kind of certificate."""
    return cases[request.param, False], cases[request.param, True]


def test_calling_a_bad_certificate_falls_back_to_dialback(bad, romeo, town):
    lenient, _ = bad

    romeo.send(f"juliet@{lenient.domain}", "hello")
    lenient.server.receives("hello")
    assert lenient.reason in lines(town, "certificate-not-valid",
                                   lenient.domain)
    assert "by=dialback" in lines(town, "federation-connected", lenient.domain)


def test_calling_a_bad_certificate_is_given_up_where_policy_says(
        bad, romeo, town):
    _, strict = bad

    romeo.send(f"juliet@{strict.domain}", "hello")
    romeo.receives_error("remote-server-timeout")
    assert strict.server.arrived.empty()
    assert strict.reason in lines(town, "certificate-not-valid", strict.domain)
    assert "the certificate is not valid" in lines(town, "connect-failed",
                                                   strict.domain)


def test_a_caller_with_a_bad_certificate_has_to_use_dialback(bad, romeo, town):
    lenient, _ = bad
    link = Link(town, lenient.domain, certificate=lenient.certificate).secures()

    assert not link.offers_external()
    assert link.logs_in() == "not-authorized"
    assert link.proves() == "valid"
    link.says_message(f"juliet@{lenient.domain}", romeo.jid, "I am")
    romeo.receives("I am")
    assert lenient.reason in lines(town, "certificate-not-valid",
                                   lenient.domain)
    link.close()


def test_a_caller_with_a_bad_certificate_is_refused_where_policy_says(
        bad, romeo, town):
    _, strict = bad
    link = Link(town, strict.domain, certificate=strict.certificate).secures()

    assert not link.offers_external()
    assert link.proves() == "not-authorized"
    assert strict.reason in lines(town, "federation-refused", strict.domain)
    link.says_message(f"juliet@{strict.domain}", romeo.jid, "I am")
    link.ends_with("not-authorized")
    romeo.hears_nothing_of(is_message)


def test_a_caller_without_a_certificate_is_refused_where_policy_says(
        cases, town):
    strict = cases["good", True]
    link = Link(town, strict.domain).secures()

    assert not link.offers_external()
    assert link.proves() == "not-authorized"
    link.close()


@pytest.mark.parametrize("is_strict", [False, True], ids=["lenient", "strict"])
def test_our_authority_proves_a_caller_without_dialback(
        cases, romeo, town, is_strict):
    case = cases["good", is_strict]
    link = Link(town, case.domain, certificate=case.certificate).secures()

    assert link.offers_external()
    assert link.logs_in() is None
    link.says_message(f"juliet@{case.domain}", romeo.jid, "I am")
    romeo.receives("I am")
    assert case.server.questions.empty()
    assert "by=certificate" in lines(town, "federation-verified", case.domain)
    link.close()


def test_a_good_certificate_proves_its_own_domain_alone(cases, romeo, town):
    case = cases["good", True]
    link = Link(town, "else.example", certificate=case.certificate).secures()

    assert not link.offers_external()
    assert link.logs_in() == "not-authorized"
    link.close()

    link = Link(town, case.domain, certificate=case.certificate).secures()
    assert link.logs_in("else.example") == "invalid-authzid"
    assert link.logs_in() is None
    link.says_message("juliet@else.example", romeo.jid, "I am")
    link.ends_with("invalid-from")
    romeo.hears_nothing_of(is_message)


def test_our_authority_proves_whom_we_call(cases, romeo, town):
    case = cases["good", True]

    romeo.send(f"juliet@{case.domain}", "hello")
    case.server.receives("hello")
    assert not lines(town, "connect-failed", case.domain)
