"""In-band registration, password change and removal (XEP-0077)."""
import pytest

from suite import PASSWORD
from xmpp import Refused, error_of

REGISTER = "<query xmlns='jabber:iq:register'>{}</query>"
NS = "{jabber:iq:register}"


def form(name, password, email="a@example.org"):
    return REGISTER.format(f"<username>{name}</username>"
                           f"<password>{password}</password>"
                           f"<email>{email}</email>")


def test_the_form_asks_for_a_name_and_a_password(people):
    stranger = people.connect().secure()

    query = stranger.get(REGISTER.format(""))

    assert query.find(NS + "username") is not None
    assert query.find(NS + "password") is not None


def test_who_registers_can_log_in(people):
    name = people.name()
    stranger = people.connect().secure()

    stranger.set(form(name, "a long password"))

    people.login(name, password="a long password")


def test_a_taken_name_is_a_conflict(people):
    stranger = people.connect().secure()

    result = stranger.iq("set", form(people.account(), "another password"))

    assert error_of(result) == "conflict"


@pytest.mark.parametrize("name, password", [
    ("", "a long password"), ("fine", ""), ("no spaces", "a long password"),
    ("x" * 1100, "a long password"), ("at@sign", "a long password")],
    ids=["no-name", "no-password", "space", "long", "at"])
def test_wrong_input_is_refused(people, name, password):
    stranger = people.connect().secure()

    result = stranger.iq("set", form(name, password))

    assert error_of(result) in ("not-acceptable", "jid-malformed",
                                "bad-request")


def test_a_short_password_is_refused_in_words_that_a_person_understands(people):
    stranger = people.connect().secure()

    result = stranger.iq("set", form(people.name(), "abc"))

    assert error_of(result) in ("not-acceptable", "policy-violation")
    text = "{urn:ietf:params:xml:ns:xmpp-stanzas}text"
    assert result.find(f".//{text}").text


def test_a_password_can_be_changed(people):
    client = people.online()
    name = client.bare.split("@")[0]

    client.set(form(name, "a better password", ""), to="localhost")

    with pytest.raises(Refused):
        people.connect().secure().plain(name, PASSWORD)
    people.login(name, password="a better password")


def test_nobody_changes_the_password_of_another(people):
    romeo, juliet = people.online("romeo"), people.account("juliet")

    result = romeo.iq("set", form(juliet, "hijacked password"),
                      to="localhost")

    assert result.get("type") == "error"
    people.login(juliet)


def test_a_removed_account_is_gone(people):
    client = people.online()
    name = client.bare.split("@")[0]

    client.send_raw("<iq type='set' id='bye' to='localhost'>"
                    + REGISTER.format("<remove/>") + "</iq>")
    client.is_closed()

    with pytest.raises(Refused):
        people.connect().secure().plain(name, PASSWORD)


def test_a_closed_door_says_so(own_suite, crowd_of):
    people = crowd_of(own_suite(settings={"authd.registration": "closed"}))
    stranger = people.connect().secure()

    result = stranger.iq("set", form("eve", "a long password"))

    assert error_of(result) in ("not-allowed", "service-unavailable",
                                "forbidden")


def test_too_many_new_accounts_from_one_address_are_refused(own_suite,
                                                            crowd_of):
    people = crowd_of(own_suite(settings={"authd.registration-rate": 2}))
    results = [people.connect().secure().iq(
        "set", form(f"new{i}", "a long password")) for i in range(4)]

    assert [r.get("type") for r in results[:2]] == ["result", "result"]
    assert results[3].get("type") == "error"
