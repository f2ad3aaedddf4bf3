"""External components through compd (XEP-0114)."""
import contextlib
import hashlib

import pytest

from xmpp import CLIENT, Component, error_of


def connector(running):
    """A way to connect components, and the list of those that came."""
    made = []

    def connect(name="echo.localhost"):
        made.append(Component(running, name))
        return made[-1]

    return connect, made


@pytest.fixture
def component(house):
    connect, made = connector(house)
    yield connect
    for one in made:
        one.leaves()


@pytest.fixture
def neighbour(suite):
    """A component of the suite in which the people live."""
    connect, made = connector(suite)
    yield connect
    for one in made:
        one.leaves()


def test_a_component_and_a_person_talk(people, neighbour):
    echo = neighbour().shakes_hands("sesame").is_welcome()
    romeo = people.online("romeo")

    romeo.send("bot@echo.localhost/x", "anybody in there?")
    heard = echo.receives("anybody in there?", romeo.jid)
    echo.stanza(f"<message from='bot@echo.localhost' to='{romeo.jid}'>"
                "<body>only me</body></message>")

    romeo.receives("only me", "bot@echo.localhost")
    assert heard.get("to") == "bot@echo.localhost/x"


def test_a_request_to_a_component_is_answered(people, neighbour):
    echo = neighbour().shakes_hands("sesame").is_welcome()
    romeo = people.online("romeo")

    romeo.stanza("<iq type='get' id='e1' to='echo.localhost'>"
                 "<ping xmlns='urn:xmpp:ping'/></iq>")
    ping = echo.waits_for(lambda e: e.get("id") == "e1")
    echo.stanza(f"<iq type='result' id='e1' from='echo.localhost' "
                f"to='{ping.get('from')}'/>")

    answer = romeo.waits_for(lambda e: e.get("id") == "e1")
    assert answer.get("type") == "result"


def test_several_components_talk_to_each_other(component):
    echo = component().shakes_hands("sesame").is_welcome()
    other = component("other.localhost").shakes_hands("other secret")
    other.is_welcome()

    echo.stanza("<message from='echo.localhost' to='other.localhost'>"
                "<body>neighbour?</body></message>")

    other.receives("neighbour?", "echo.localhost")


def test_a_wrong_secret_is_refused(component):
    component().shakes_hands("open, please").ends_with("not-authorized")


def test_an_unknown_name_is_refused(component):
    stranger = component("stranger.localhost")
    stranger.open_stream()
    stranger.ends_with("host-unknown")


def test_the_served_domain_itself_cannot_be_taken(component):
    thief = component("localhost")
    thief.open_stream()
    thief.ends_with("host-unknown")


def test_the_same_name_twice_is_a_conflict(component):
    component().shakes_hands("sesame").is_welcome()
    second = component()
    second.open_stream()
    second.ends_with("conflict")


def test_a_name_is_free_again_after_its_component_left(component):
    first = component().shakes_hands("sesame").is_welcome()
    first.leaves()
    component().shakes_hands("sesame").is_welcome()


@pytest.mark.parametrize("sender", ["romeo@localhost", "other.localhost",
                                    "x@sub.echo.localhost"])
def test_a_component_speaks_for_its_own_name_only(component, sender):
    echo = component().shakes_hands("sesame").is_welcome()
    echo.stanza(f"<message from='{sender}' to='a@localhost'><body/></message>")
    echo.ends_with("invalid-from")


def test_a_stanza_without_addresses_ends_the_stream(component):
    echo = component().shakes_hands("sesame").is_welcome()
    echo.stanza("<message><body/></message>")
    echo.ends_with("improper-addressing")


def test_a_stanza_before_the_handshake_ends_the_stream(component):
    echo = component()
    echo.open_stream()
    echo.stanza("<message from='echo.localhost' to='a@localhost'/>")
    echo.ends_with("not-authorized")


def test_a_foreign_domain_is_not_found(component):
    echo = component().shakes_hands("sesame").is_welcome()
    echo.stanza("<message id='f' from='echo.localhost' to='a@far.invalid'/>")
    answer = echo.waits_for(lambda e: e.get("id") == "f")
    assert error_of(answer) == "remote-server-not-found"


def test_an_absent_component_is_told_to_the_sender(people):
    romeo = people.online("romeo")
    romeo.send("bot@echo.localhost", "hello?")
    error = romeo.waits_for(lambda e: e.tag == CLIENT + "message"
                            and e.get("type") == "error")
    assert error_of(error) in ("remote-server-not-found",
                               "service-unavailable")


@pytest.mark.parametrize("bytes_, condition", [
    (b"<!DOCTYPE x [<!ENTITY a 'b'>]>", "restricted-xml"),
    (b"<!-- c -->", "restricted-xml"),
    (b"<message><a></message>", "not-well-formed"),
    (b"<message>\xff</message>", "not-well-formed"),
    (b"<message>" + b"<a>" * 20000, "policy-violation"),
    (b"<message x='" + b"y" * 2000000, "policy-violation")],
    ids=["doctype", "comment", "mismatch", "utf8", "deep", "attribute"])
def test_hostile_bytes_end_the_stream(component, bytes_, condition):
    echo = component().shakes_hands("sesame").is_welcome()
    with contextlib.suppress(OSError):
        echo.send_raw(bytes_)
    echo.ends_with(condition, "bad-format", "invalid-xml",
                   "unsupported-encoding")


def test_the_handshake_is_the_sha1_of_id_and_secret(component):
    echo = component()
    id = echo.open_stream().get("id")
    digest = hashlib.sha1(f"{id}sesame".encode()).hexdigest()
    echo.send_raw(f"<handshake>{digest}</handshake>")
    echo.is_welcome()
