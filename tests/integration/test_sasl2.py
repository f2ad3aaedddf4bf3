"""Logging in in one step: SASL2 (XEP-0388), Bind 2 (XEP-0386), XEP-0198 inline."""
import base64
import hashlib
import os
import signal
import uuid
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr

import pytest

from suite import PASSWORD
from test_login import server_end_point
from xmpp import CLIENT, Refused, SASL, SM, STREAM, Scram, b64, is_message

SASL2 = "{urn:xmpp:sasl:2}"
BIND2 = "{urn:xmpp:bind:0}"
ENABLE = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
CARBONS = "<enable xmlns='urn:xmpp:carbons:2'/>"


def bind2(inside=""):
    return f"<bind xmlns='urn:xmpp:bind:0'>{inside}</bind>"


def resume2(id, h):
    return f"<resume xmlns='urn:xmpp:sm:3' previd='{id}' h='{h}'/>"


def user_agent(id):
    return f"<user-agent id='{id}'><software>a test</software></user-agent>"


def mechanisms(client):
    return [m.text for m in client.features.iterfind(
        f"{SASL2}authentication/{SASL2}mechanism")]


def answer_of(client):
    answer = client.next()
    if answer.tag == SASL2 + "failure":
        raise Refused(answer[0].tag.removeprefix(SASL))
    return answer


def data_of(answer):
    return base64.b64decode(answer.findtext(SASL2 + "additional-data") or "")


def authenticate(client, mechanism, data=None, inside=""):
    initial = "" if data is None else \
        f"<initial-response>{b64(data)}</initial-response>"
    client.send_raw(f"<authenticate xmlns='urn:xmpp:sasl:2' "
                    f"mechanism={quoteattr(mechanism)}>{initial}{inside}"
                    "</authenticate>")
    return answer_of(client)


def respond(client, data):
    client.send_raw(f"<response xmlns='urn:xmpp:sasl:2'>{b64(data)}</response>")
    return answer_of(client)


def is_in(client, success):
    """Takes over what the success tells; reads the features behind it, which a
    resumed stream does not get."""
    assert success.tag == SASL2 + "success", ET.tostring(success)
    client.jid = success.findtext(SASL2 + "authorization-identifier")
    if success.find(SM + "resumed") is None:
        client.features = client.next()
        assert client.features.tag == STREAM + "features"
    return success


def plain2(client, name, inside="", password=PASSWORD, authzid=""):
    data = f"{authzid}\0{name}\0{password}".encode()
    return is_in(client, authenticate(client, "PLAIN", data, inside))


def scram2(client, name, inside="", password=PASSWORD, plus=False, gs2="n,,",
           binding=b""):
    scram = Scram("sha256", name, password, gs2, binding)
    challenge = authenticate(client,
                             "SCRAM-SHA-256" + ("-PLUS" if plus else ""),
                             scram.first(), inside)
    assert challenge.tag == SASL2 + "challenge"
    success = respond(client, scram.final(base64.b64decode(challenge.text)))
    scram.verify(data_of(success))
    return is_in(client, success)


@pytest.fixture
def fresh(people):
    def connect():
        return people.connect().secure()
    return connect


# --- logging in ---------------------------------------------------------------

@pytest.mark.parametrize("login", [plain2, scram2])
def test_a_password_opens_the_door(people, fresh, login):
    name = people.account()
    client = fresh()

    login(client, name)
    assert client.jid == f"{name}@localhost"
    result = client.iq("set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                              "<resource>old</resource></bind>")

    assert result.get("type") == "result"


def test_scram_is_bound_to_the_tls_channel(people, fresh):
    client = fresh()

    scram2(client, people.account(), plus=True,
           gs2="p=tls-server-end-point,,", binding=server_end_point(client))


def test_a_hidden_channel_binding_offer_is_noticed(people, fresh):
    with pytest.raises(Refused):
        scram2(fresh(), people.account(), gs2="y,,")


def test_what_was_offered_is_part_of_the_exchange(people, fresh):
    """XEP-0474."""
    client = fresh()
    types = sorted(e.get("type") for e in client.features.iter(
        "{urn:xmpp:sasl-cb:0}channel-binding"))
    offer = "\x1e".join(sorted(mechanisms(client))) + "\x1f" + \
        "\x1e".join(types)

    challenge = authenticate(client, "SCRAM-SHA-256",
                             f"n,,n={people.account()},r=abc".encode())

    expected = base64.b64encode(hashlib.sha256(offer.encode()).digest())
    assert b",h=" + expected in base64.b64decode(challenge.text)


def test_both_profiles_offer_the_same(fresh):
    client = fresh()

    assert mechanisms(client) == client.mechanisms() != []


def test_it_is_not_offered_before_tls(people):
    client = people.connect()
    client.open()

    assert client.features.find(SASL2 + "authentication") is None
    with pytest.raises(Refused, match="encryption-required"):
        plain2(client, people.account())


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_is_refused_and_may_be_tried_again(people, fresh,
                                                            password):
    name = people.account()
    client = fresh()

    with pytest.raises(Refused):
        plain2(client, name, bind2(), password=password)

    plain2(client, name, bind2())


def test_nobody_logs_in_as_somebody_else(people, fresh):
    other = people.account()

    with pytest.raises(Refused, match="invalid-authzid"):
        plain2(fresh(), people.account(), authzid=f"{other}@localhost")


def test_the_streams_sender_is_who_logs_in(people):
    client = people.connect()
    client.open()
    client.starttls()
    client.open(f"from='{people.account()}@localhost'")

    with pytest.raises(Refused, match="invalid-authzid"):
        plain2(client, people.account())


@pytest.mark.parametrize("mechanism, data, inside, condition", [
    ("MADE-UP", b"x", "", "invalid-mechanism"),
    ("", b"x", "", "invalid-mechanism"),
    ("SCRAM-SHA-256", b"nonsense", "", "malformed-request"),
    ("PLAIN", b"\0x\0y", "<user-agent id='me'/>", "malformed-request"),
    ("PLAIN", b"\0x\0y", "<resume xmlns='urn:xmpp:sm:3'/>",
     "malformed-request")])
def test_wrong_requests_are_refused(fresh, mechanism, data, inside, condition):
    with pytest.raises(Refused, match=condition):
        authenticate(fresh(), mechanism, data, inside)


def test_bad_base64_is_refused(fresh):
    client = fresh()

    client.send_raw("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>"
                    "<initial-response>?</initial-response></authenticate>")

    with pytest.raises(Refused, match="incorrect-encoding"):
        answer_of(client)


def test_a_client_may_give_up_and_begin_anew(people, fresh):
    name = people.account()
    client = fresh()
    authenticate(client, "SCRAM-SHA-256", f"n,,n={name},r=abc".encode())

    client.send_raw("<abort xmlns='urn:xmpp:sasl:2'/>")
    with pytest.raises(Refused, match="aborted"):
        answer_of(client)

    scram2(client, name)


@pytest.mark.parametrize("words", [
    "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AAAA</response>",
    "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>",
    "<message to='romeo@localhost'/>", "<next xmlns='urn:xmpp:sasl:2'/>"])
def test_other_words_during_the_exchange_end_the_stream(people, fresh, words):
    client = fresh()
    authenticate(client, "SCRAM-SHA-256",
                 f"n,,n={people.account()},r=abc".encode())

    client.send_raw(words)

    client.ends_with("not-authorized")


def test_nobody_logs_in_twice(people, fresh):
    client = fresh()
    name = people.account()
    plain2(client, name)

    client.send_raw("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>")

    client.ends_with("not-authorized")


def test_failures_have_an_end(people, fresh):
    client, name = fresh(), people.account()

    for _ in range(5):
        with pytest.raises(Refused):
            authenticate(client, "MADE-UP", b"x")

    client.ends_with("policy-violation")


def test_a_logged_in_client_may_say_more(people, fresh):
    """There is no new stream that would have the larger bounds."""
    client = fresh()
    plain2(client, people.account(), bind2())
    client.presence()

    client.send(client.jid, "x" * 50000)

    client.receives("x" * 50000)


# --- binding ------------------------------------------------------------------

def test_a_resource_is_bound_at_once(people, fresh):
    name = people.account()
    client = fresh()

    success = scram2(client, name, bind2("<tag>Awesome</tag>"))

    assert success.find(BIND2 + "bound") is not None
    assert client.jid.startswith(f"{name}@localhost/Awesome/")
    assert client.features.find("{urn:ietf:params:xml:ns:xmpp-bind}bind") is None
    client.comes_online()
    people.online().send(client.jid, "hello")
    client.receives("hello")


def test_an_installation_keeps_its_resource_and_takes_it_over(people, fresh):
    name, id = people.account(), uuid.uuid4()
    first, second = fresh(), fresh()
    plain2(first, name, user_agent(id) + bind2("<tag>A</tag>"))

    plain2(second, name, user_agent(id) + bind2("<tag>A</tag>"))

    assert first.jid == second.jid
    assert str(id)[:8] not in first.jid
    first.ends_with("conflict")


def test_things_are_enabled_at_once(people, fresh):
    name = people.account()
    client = fresh()

    success = plain2(client, name, bind2(CARBONS + ENABLE))
    enabled = success.find(f"{BIND2}bound/{SM}enabled")
    assert enabled.get("id") and enabled.get("resume") == "true"
    client.presence()
    other = people.login(name)
    romeo = people.online()
    other.send(romeo.jid, "copied")

    client.waits_for(lambda e: e.find("{urn:xmpp:carbons:2}sent") is not None)
    client.send_raw("<r xmlns='urn:xmpp:sm:3'/>")
    assert client.waits_for(lambda e: e.tag == SM + "a").get("h") == "1"


def test_archived_messages_are_left_to_the_archive(people, fresh):
    name = people.account()
    romeo = people.online()
    romeo.send(f"{name}@localhost", "while away")
    romeo.hears_nothing_of(lambda e: False)
    client = fresh()
    plain2(client, name, bind2())

    client.comes_online()

    client.hears_nothing_of(is_message)
    client.send_raw("<iq type='set' id='a1'><query xmlns='urn:xmpp:mam:2'/></iq>")
    result = client.waits_for(is_message)
    assert any(e.text == "while away" for e in result.iter(CLIENT + "body"))


def test_without_a_session_there_is_no_success(own_suite, crowd_of):
    people = crowd_of(own_suite(settings={"sm.max-sessions-per-account": 1}))
    name = people.account()
    people.login(name)
    client = people.connect().secure()

    with pytest.raises(Refused, match="temporary-auth-failure"):
        plain2(client, name, bind2())


# --- resuming -----------------------------------------------------------------

def enabled_client(fresh, name):
    client = fresh()
    success = plain2(client, name, bind2(ENABLE))
    return client, success.find(f"{BIND2}bound/{SM}enabled").get("id")


def test_a_session_is_resumed_at_once(people, fresh):
    name = people.account()
    old, id = enabled_client(fresh, name)
    old.presence()
    romeo = people.online()
    old.sock.close()
    romeo.send(old.jid, "between")
    again = fresh()

    success = scram2(again, name, resume2(id, 0) + bind2(ENABLE))

    assert success.find(SM + "resumed").get("previd") == id
    assert success.find(BIND2 + "bound") is None
    assert again.jid == old.jid
    again.receives("between")


def test_who_cannot_resume_is_bound_instead(people, fresh):
    client = fresh()

    success = plain2(client, people.account(),
                     resume2("made-up", 0) + bind2(ENABLE))

    failed = success.find(SM + "failed")
    assert failed[0].tag.endswith("item-not-found")
    assert success.find(f"{BIND2}bound/{SM}enabled") is not None
    client.comes_online()


def test_nobody_resumes_with_a_wrong_password(people, fresh):
    name = people.account()
    old, id = enabled_client(fresh, name)

    with pytest.raises(Refused):
        plain2(fresh(), name, resume2(id, 0), password="wrong")

    old.comes_online()  # untouched


def test_nobody_resumes_the_session_of_another(people, fresh):
    _, id = enabled_client(fresh, people.account())

    success = plain2(fresh(), people.account(), resume2(id, 0))

    assert success.find(SM + "resumed") is None
    assert success.find(SM + "failed") is not None


def test_what_was_enabled_outlives_the_session_manager(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    name = people.account()
    client, _ = enabled_client(lambda: people.connect().secure(), name)
    client.comes_online()

    os.kill(suite.pids("sm")[0], signal.SIGKILL)
    client.iq("get", "<ping xmlns='urn:xmpp:ping'/>", timeout=15)

    client.send_raw("<r xmlns='urn:xmpp:sm:3'/>")
    client.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "2")
