"""Invitations: a token opens a closed registration, once (XEP-0401, XEP-0445)."""
import json

import pytest

from xmpp import error_of

NS = "{jabber:iq:register}"
FEATURE = "{urn:xmpp:ibr-token:0}register"


@pytest.fixture(scope="module")
def closed():
    """A suite where nobody registers on his own."""
    from suite import Suite
    with Suite(settings={"authd.registration": "closed"}) as suite:
        yield suite


@pytest.fixture
def guests(closed, crowd_of):
    return crowd_of(closed)


def invite(suite, *words):
    answer = json.loads(suite.ctl("--json", "invite", "add", *words).stdout)
    uri, _, token = answer["uri"].rpartition("?register;preauth=")
    return uri, token


def preauth(client, token):
    return client.iq("set", f"<preauth xmlns='urn:xmpp:pars:0' token='{token}'/>")


def register(client, name):
    return client.iq("set", "<query xmlns='jabber:iq:register'>"
                            f"<username>{name}</username>"
                            "<password>a long password</password></query>")


def test_a_guest_registers_with_his_token(closed, guests):
    uri, token = invite(closed)
    assert uri == "xmpp:localhost"
    stranger = guests.connect().secure()
    name = guests.name()

    assert preauth(stranger, token).get("type") == "result"
    form = stranger.get("<query xmlns='jabber:iq:register'/>")
    assert form.find(NS + "username") is not None
    assert register(stranger, name).get("type") == "result"

    guests.login(name, password="a long password")


def test_a_token_serves_once(closed, guests):
    _, token = invite(closed)
    first, second, third = (guests.connect().secure() for _ in range(3))
    preauth(first, token)
    preauth(second, token)

    assert register(first, guests.name()).get("type") == "result"

    assert error_of(register(second, guests.name())) == "not-allowed"
    assert error_of(preauth(third, token)) == "item-not-found"


def test_a_mistake_does_not_use_it_up(closed, guests):
    _, token = invite(closed)
    stranger = guests.connect().secure()
    preauth(stranger, token)

    assert error_of(register(stranger, "no spaces")) == "not-acceptable"
    assert error_of(register(stranger, guests.account())) == "conflict"

    assert register(stranger, guests.name()).get("type") == "result"


def test_a_name_is_kept_for_its_guest(closed, guests):
    name = guests.name()
    uri, token = invite(closed, f"{name}@localhost")
    assert uri == f"xmpp:{name}@localhost"
    _, any_name = invite(closed)
    other = guests.connect().secure()
    preauth(other, any_name)
    assert error_of(register(other, name)) == "not-allowed"
    guest = guests.connect().secure()
    preauth(guest, token)
    assert error_of(register(guest, guests.name())) == "not-allowed"

    assert register(guest, name).get("type") == "result"
    assert register(other, guests.name()).get("type") == "result"


def test_without_a_token_the_door_is_closed(closed, guests):
    stranger = guests.connect().secure()

    assert error_of(register(stranger, guests.name())) == "not-allowed"
    for token in ("", "x" * 22, "y" * 5000):
        assert error_of(preauth(stranger, token)) == "item-not-found"
    assert error_of(register(stranger, guests.name())) == "not-allowed"


def test_an_expired_token_opens_nothing(closed, guests):
    _, token = invite(closed)
    _, taken_back = invite(closed)
    in_time, late = guests.connect().secure(), guests.connect().secure()
    preauth(in_time, token)
    closed.ctl("invite", "del", taken_back)
    closed.sql("UPDATE invitation SET expires = now() - interval '1 second'")

    assert error_of(preauth(late, token)) == "item-not-found"
    assert error_of(preauth(late, taken_back)) == "item-not-found"
    assert error_of(register(late, guests.name())) == "not-allowed"

    # XEP-0445 section 4: the time counts when the token is shown.
    assert register(in_time, guests.name()).get("type") == "result"


def test_the_features_tell_that_tokens_are_taken(closed, guests):
    stranger = guests.connect().secure()

    assert stranger.features.find(FEATURE) is not None


def test_the_database_has_no_token(closed):
    _, token = invite(closed)

    rows = closed.sql("SELECT * FROM invitation")

    assert rows.strip() and token not in rows


@pytest.mark.parametrize("words, reason", [
    (["add", "--expires", "0"], "hours from 1"),
    (["add", "--expires", "soon"], "hours from 1"),
    (["add", "x@elsewhere.example"], "elsewhere.example"),
    (["del", "nothing"], "no such invitation")])
def test_a_wrong_invitation_is_told(closed, words, reason):
    result = closed.ctl("invite", *words, check=False)

    assert result.returncode == 1
    assert reason in result.stderr


def test_nobody_is_invited_who_is_there_already(closed, guests):
    result = closed.ctl("invite", "add", f"{guests.account()}@localhost",
                        check=False)

    assert result.returncode == 1
    assert "exists already" in result.stderr


def test_invitations_are_listed(closed, guests):
    name = guests.name()
    invite(closed, f"{name}@localhost", "--expires", "2")

    rows = json.loads(closed.ctl("--json", "invite", "list").stdout)

    assert name in [row["name"] for row in rows]
