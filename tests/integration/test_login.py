"""How people get in: RFC 6120 §5 to §7, RFC 7590, XEP-0368."""
import contextlib
import base64
import hashlib
import os
import signal
import socket
import ssl
import subprocess
import time
import unicodedata

import pytest

from suite import PASSWORD, Suite
from xmpp import BIND, SASL, STREAM, TLS, Client, Refused, error_of


def test_starttls_is_required_before_anything_else(people):
    stranger = people.connect()
    features = stranger.open()

    assert features.find(f"{TLS}starttls/{TLS}required") is not None
    assert stranger.mechanisms() == []
    stranger.send_raw("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                      "mechanism='PLAIN'>AGEAYg==</auth>")
    assert stranger.next()[0].tag == SASL + "encryption-required"


def test_the_server_tells_the_client_its_own_address_and_language(people):
    client = people.connect()

    client.open("from='Romeo@localhost/x' xml:lang='it'")

    assert client.root.get("to") == "romeo@localhost"
    assert client.root.get("from") == "localhost"


def test_what_is_said_carries_the_language_of_the_stream(people):
    juliet = people.online("juliet")
    romeo = people.connect().secure().plain(people.account(), PASSWORD)
    romeo.open("xml:lang='it'")
    romeo.set("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")

    romeo.send(juliet.jid, "ciao")

    message = juliet.receives("ciao")
    assert message.get("{http://www.w3.org/XML/1998/namespace}lang") == "it"


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-1",
                                       "SCRAM-SHA-256"])
def test_a_password_opens_the_door(people, mechanism, direct):
    name = people.account()
    client = people.connect(direct_tls=direct).secure()

    assert mechanism in client.mechanisms()
    if mechanism == "PLAIN":
        client.plain(name, PASSWORD)
    else:
        client.scram(name, PASSWORD, mechanism.removeprefix("SCRAM-"))
    client.bind("home")

    assert client.jid == f"{name}@localhost/home"


def server_end_point(client):
    """RFC 5929 §4 of a certificate signed with SHA-256."""
    return hashlib.sha256(client.sock.getpeercert(True)).digest()


@pytest.mark.parametrize("hash_name", ["SHA-1", "SHA-256"])
def test_scram_is_bound_to_the_tls_channel_by_its_certificate(people,
                                                              hash_name):
    name = people.account()
    client = people.connect().secure()

    client.scram(name, PASSWORD, hash_name, plus=True,
                 gs2="p=tls-server-end-point,,",
                 binding=server_end_point(client))

    client.bind()


def test_what_was_offered_is_part_of_the_scram_exchange(people):
    """XEP-0474: a list that somebody changed on the way is noticed."""
    name = people.account()
    client = people.connect().secure()
    mechanisms = sorted(client.mechanisms())
    types = sorted(e.get("type") for e in client.features.iter(
        "{urn:xmpp:sasl-cb:0}channel-binding"))
    offer = "\x1f".join(filter(None, ["\x1e".join(mechanisms),
                                       "\x1e".join(types)]))

    _, challenge = client.auth("SCRAM-SHA-256", f"n,,n={name},r=abc".encode())

    expected = base64.b64encode(hashlib.sha256(offer.encode()).digest())
    assert b",h=" + expected in challenge


def test_scram_with_a_foreign_channel_binding_is_refused(people):
    name = people.account()
    client = people.connect().secure()

    with pytest.raises(Refused, match="not-authorized"):
        client.scram(name, PASSWORD, plus=True,
                     gs2="p=tls-server-end-point,,", binding=b"x" * 32)


def test_a_hidden_channel_binding_offer_is_noticed(people):
    """gs2 `y` says: I could, but you did not offer. We did."""
    name = people.account()
    client = people.connect().secure()

    with pytest.raises(Refused):
        client.scram(name, PASSWORD, gs2="y,,")


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_an_unknown_user_and_a_wrong_password_look_the_same(people, mechanism):
    seen = []
    for name in (people.account(), "nobody-at-all"):
        client = people.connect().secure()
        try:
            if mechanism == "PLAIN":
                client.plain(name, "wrong")
            else:
                client.scram(name, "wrong")
        except Refused as refused:
            seen.append(refused.args[0])

    assert seen == ["not-authorized", "not-authorized"]


def test_after_a_failure_one_may_try_again(people):
    name = people.account()
    client = people.connect().secure()

    with pytest.raises(Refused):
        client.plain(name, "wrong")
    client.plain(name, PASSWORD).bind()


def test_nobody_logs_in_as_somebody_else(people):
    name, other = people.account(), people.account()
    client = people.connect().secure()

    with pytest.raises(Refused, match="invalid-authzid"):
        client.plain(name, PASSWORD, authzid=f"{other}@localhost")


def test_ones_own_authzid_is_accepted(people):
    name = people.account()
    client = people.connect().secure()

    client.plain(name, PASSWORD, authzid=f"{name}@localhost").bind()


def test_an_unknown_mechanism_is_refused(people):
    client = people.connect().secure()

    with pytest.raises(Refused, match="invalid-mechanism"):
        client.auth("X-NONE")


def test_bad_base64_is_refused(people):
    client = people.connect().secure()

    client.send_raw("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                    "mechanism='PLAIN'>***</auth>")

    assert client.next()[0].tag == SASL + "incorrect-encoding"


def test_an_exchange_can_be_aborted(people):
    client = people.connect().secure()

    client.auth("SCRAM-SHA-256", b"n,,n=someone,r=abcdefgh")
    client.send_raw("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")

    assert client.next()[0].tag == SASL + "aborted"


def test_an_oversize_sasl_payload_is_refused(people):
    client = people.connect().secure()

    # It may be closed while we still write.
    with contextlib.suppress(OSError):
        client.send_raw("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                        "mechanism='PLAIN'>" + "A" * 200000 + "</auth>")

    client.is_closed()


def test_old_tls_is_refused(suite):
    client = Client(suite)
    client.open()
    client.send_raw("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    client.next()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1

    with pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(client.sock, server_hostname="localhost")
    client.close()


def test_a_resource_is_made_when_none_is_asked_for(people):
    name = people.account()

    client = people.login(name)

    assert client.jid.startswith(f"{name}@localhost/")
    assert len(client.jid.split("/", 1)[1]) >= 8


def test_a_resource_that_resourceprep_forbids_is_refused(people):
    client = people.connect().secure().plain(people.account(), PASSWORD)
    client.open()

    result = client.iq("set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                              "<resource>a\u200eb</resource></bind>")

    assert result.get("type") == "error"
    assert error_of(result) in ("bad-request", "jid-malformed")


def test_a_second_login_with_the_same_resource_replaces_the_first(people):
    name = people.account()
    first = people.login(name, "desk").comes_online()

    second = people.login(name, "desk")

    assert second.jid == first.jid
    first.ends_with("conflict")


def test_the_old_session_request_is_answered(people):
    client = people.login(people.account())

    result = client.iq(
        "set", "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>")

    assert result.get("type") == "result"


def test_the_name_is_prepared_before_it_is_compared(people):
    name = people.account()
    client = people.connect().secure()

    client.plain(name.upper(), PASSWORD).bind("r")

    assert client.jid == f"{name}@localhost/r"


def test_each_domain_has_its_own_people(suite, people):
    name = people.name()
    suite.add_users(name, domain="two.localhost")

    with pytest.raises(Refused):
        people.connect().secure().plain(name, PASSWORD)
    client = people.connect(domain="two.localhost").secure()
    client.plain(name, PASSWORD).bind()
    assert client.bare == f"{name}@two.localhost"


def test_guests_come_in_where_they_may(own_suite, crowd_of):
    suite = own_suite(domains=("localhost", "guest.localhost"),
                      settings={"authd.anonymous-domains":
                                '{"guest.localhost"}'})
    people = crowd_of(suite)

    assert "ANONYMOUS" not in people.connect().secure().mechanisms()
    guest = people.connect(domain="guest.localhost").secure()
    step, _ = guest.auth("ANONYMOUS")
    guest.bind()

    assert step == "success"
    assert guest.jid.split("/")[0].endswith("@guest.localhost")


def make_client_certificate(folder, jid):
    """A private authority and a certificate of it that names a JID."""
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True,
                       capture_output=True)

    extension = folder / "san.cnf"
    extension.write_text("subjectAltName=otherName:1.3.6.1.5.5.7.8.5;"
                         f"UTF8:{jid}\n")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ca",
            "-keyout", folder / "ca.key", "-out", folder / "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=someone",
            "-keyout", folder / "key.pem", "-out", folder / "req.pem")
    openssl("x509", "-req", "-in", folder / "req.pem", "-CA",
            folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial",
            "-extfile", extension, "-out", folder / "cert.pem")
    for path in folder.iterdir():
        path.chmod(0o644)


def test_a_client_certificate_opens_the_door(own_suite, crowd_of, tmp_path):
    import tempfile
    from pathlib import Path
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        make_client_certificate(folder, "romeo@localhost")
        suite = own_suite(users=("romeo", "juliet"), settings={
            "c2sd.client-ca": f"{folder}/ca.pem"})
        people = crowd_of(suite)
        certificate = (folder / "cert.pem", folder / "key.pem")

        assert "EXTERNAL" not in people.connect().secure().mechanisms()
        client = people.connect().secure(certificate)
        step, _ = client.auth("EXTERNAL", b"")
        client.bind()
        assert step == "success"
        assert client.bare == "romeo@localhost"

        other = people.connect().secure(certificate)
        with pytest.raises(Refused):
            other.auth("EXTERNAL", b"juliet@localhost")


def test_failed_logins_are_counted_by_address(own_suite, crowd_of):
    people = crowd_of(own_suite(users=("romeo",),
                                settings={"authd.login-rate": 3}))
    for _ in range(4):
        client = people.connect().secure()
        with pytest.raises((Refused, OSError)):
            client.plain("romeo", "wrong")

    client = people.connect().secure()
    with pytest.raises(Refused):
        client.plain("romeo", PASSWORD)


def test_what_is_no_guess_at_a_password_is_not_counted(own_suite, crowd_of):
    """Some clients try a binding that this TLS does not have, or claim that we
    offered none, before they fall back to what works."""
    people = crowd_of(own_suite(users=("romeo",),
                                settings={"authd.login-rate": 3,
                                          "authd.account-login-rate": 3}))
    client = people.connect().secure()
    for _ in range(4):
        with pytest.raises(Refused, match="not-authorized"):
            client.scram("romeo", PASSWORD, gs2="y,,")
        client = people.connect().secure()

    client.scram("romeo", PASSWORD)

    client.bind()


def test_bind_offers_what_the_features_say(people):
    client = people.connect().secure().plain(people.account(), PASSWORD)

    features = client.open()

    assert features.find(BIND + "bind") is not None
    assert features.find("{urn:xmpp:sm:3}sm") is not None
    assert features.find("{urn:xmpp:features:rosterver}ver") is not None


def md5(data):
    return hashlib.md5(data).digest()


def digest_charset(text):
    """RFC 2831 §2.1.2.1: ISO 8859-1 where it can be."""
    try:
        return text.encode("iso-8859-1")
    except UnicodeEncodeError:
        return text.encode()


def digest_response(user, password, challenge, domain="localhost"):
    """RFC 2831 §2.1.2."""
    nonce = dict(part.split("=", 1) for part in
                 challenge.decode().split(","))["nonce"].strip('"')
    cnonce, uri = "cnonce", f"xmpp/{domain}"
    a1 = (md5(b":".join((digest_charset(user), domain.encode(),
                         digest_charset(password))))
          + f":{nonce}:{cnonce}".encode())
    a2 = md5(f"AUTHENTICATE:{uri}".encode()).hex()
    value = md5(f"{md5(a1).hex()}:{nonce}:00000001:{cnonce}:auth:{a2}"
                .encode()).hex()
    return (f'username="{user}",realm="{domain}",nonce="{nonce}",'
            f'cnonce="{cnonce}",nc=00000001,qop=auth,digest-uri="{uri}",'
            f"response={value},charset=utf-8").encode()


def test_old_clients_log_in_with_digest_md5_where_it_is_accepted(own_suite,
                                                                crowd_of):
    suite = own_suite(settings={"authd.digest-md5": "true",
                                "authd.mechanisms":
                                '{"DIGEST-MD5", "PLAIN"}'})
    people = crowd_of(suite)
    name = people.account()
    people.connect().secure().plain(name, PASSWORD)  # leaves what it needs

    client = people.connect().secure()
    assert "DIGEST-MD5" in client.mechanisms()
    step, challenge = client.auth("DIGEST-MD5")
    assert step == "challenge"
    step, data = client.respond(digest_response(name, PASSWORD, challenge))
    assert step == "challenge" and data.startswith(b"rspauth=")
    step, _ = client.respond(b"")
    assert step == "success"
    client.bind("old")

    for who, password in ((name, "wrong"), ("nobody", PASSWORD)):
        stranger = people.connect().secure()
        _, challenge = stranger.auth("DIGEST-MD5")
        with pytest.raises(Refused, match="not-authorized"):
            stranger.respond(digest_response(who, password, challenge))


def test_digest_md5_is_not_offered_by_default(people):
    client = people.connect().secure()

    assert "DIGEST-MD5" not in client.mechanisms()


def certificate_for(folder, domain):
    """A self-signed certificate of its own, with its key in the same file."""
    chain, key = folder / f"{domain}.pem", folder / f"{domain}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                    "-subj", f"/CN={domain}", "-addext",
                    f"subjectAltName=DNS:{domain}", "-keyout", key, "-out",
                    chain, "-days", "2"], check=True, capture_output=True)
    chain.write_text(chain.read_text() + key.read_text())
    return chain


def presented(suite, domain):
    """The name on the certificate that the server shows for a domain."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with contextlib.closing(context.wrap_socket(
            socket.create_connection(("127.0.0.1", suite.port("C2S_TLS")), 5),
            server_hostname=domain)) as sock:
        der = sock.getpeercert(True)
    return subprocess.run(["openssl", "x509", "-inform", "der", "-noout",
                           "-subject"], input=der, capture_output=True,
                          check=True).stdout.decode()


def test_each_domain_has_its_own_certificate(own_suite, tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    chain = certificate_for(folder, "other.example")
    suite = own_suite(domains=("localhost", "other.example"),
                      settings={"certificate.other.example.chain": chain})

    assert "other.example" in presented(suite, "other.example")
    assert "other.example" not in presented(suite, "localhost")


def test_a_new_certificate_is_taken_without_dropping_anybody(own_suite,
                                                             crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    client = people.online()
    before = client.sock.getpeercert(True)
    tls = suite.state / "tls"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", tls / "key.pem", "-out",
         tls / "cert.pem"], check=True, capture_output=True)

    os.kill(int((suite.state / "run" / "posthouse.pid").read_text()),
            signal.SIGHUP)
    deadline = time.monotonic() + 20
    while "reloaded" not in (suite.state / "log" / "c2sd.0.log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)

    client.get("<ping xmlns='urn:xmpp:ping'/>", "localhost")
    later = people.connect()
    later.open()
    later.send_raw("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    later.next()
    context = ssl.create_default_context(cafile=tls / "cert.pem")
    with context.wrap_socket(later.sock, server_hostname="localhost") as fresh:
        assert fresh.getpeercert(True) != before


# --- names and passwords beyond ASCII (RFC 4013, RFC 7622) --------------------
# As the account has them, and as a person may type them.
PEOPLE = [("юлия", "Юлия", "пароль-IX", "пароль-\u2168"),
          ("rené", "RENÉ", "caffè e latte", "caffè\u00a0e\u3000lat\u00adte"),
          ("陈武", "陈武", "驿站驿站驿站ａ", "驿站驿站驿站ａ")]


def prepared(text):
    return unicodedata.normalize("NFKC", "".join(
        " " if c in "\u00a0\u3000" else "" if c == "\u00ad" else c
        for c in text))


@pytest.fixture(scope="module")
def old_house():
    settings = {"authd.digest-md5": "true", "authd.legacy-auth": "true",
                "authd.mechanisms":
                '{"SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN"}'}
    with Suite(settings=settings) as suite:
        for name, _, password, _ in PEOPLE:
            suite.ctl("user", "add", f"{name}@localhost", "--password",
                      password)
        yield suite


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256",
                                       "DIGEST-MD5"])
@pytest.mark.parametrize("name, typed_name, password, typed_password", PEOPLE)
def test_people_of_all_languages_log_in(crowd_of, old_house, mechanism, name,
                                        typed_name, password, typed_password):
    people = crowd_of(old_house)
    client = people.connect().secure()

    if mechanism == "PLAIN":
        client.plain(typed_name, typed_password)
    elif mechanism == "DIGEST-MD5":
        people.connect().secure().plain(name, password)  # leaves the hash
        _, challenge = client.auth("DIGEST-MD5")
        step, _ = client.respond(
            digest_response(name, prepared(typed_password), challenge))
        assert step == "challenge"
        client.respond(b"")
    else:
        client.scram(typed_name, prepared(typed_password),
                     mechanism.removeprefix("SCRAM-"))
    client.bind("home")

    assert client.jid == f"{name}@localhost/home"


@pytest.mark.parametrize("wrong", ["caffé e latte", "caffe e latte", "caffè"])
def test_another_accent_is_another_password(crowd_of, old_house, wrong):
    client = crowd_of(old_house).connect().secure()

    with pytest.raises(Refused, match="not-authorized"):
        client.scram("rené", wrong)


# --- clients from before SASL (XEP-0078) --------------------------------------
def legacy(client, kind="set", **fields):
    inside = "".join(f"<{name}>{value}</{name}>"
                     for name, value in fields.items())
    return client.iq(kind, f"<query xmlns='jabber:iq:auth'>{inside}</query>")


def test_clients_from_before_sasl_log_in_where_it_is_accepted(crowd_of,
                                                              old_house):
    people = crowd_of(old_house)
    client = people.connect().secure()
    assert client.features.find(
        "{http://jabber.org/features/iq-auth}auth") is not None

    asked = legacy(client, "get", username="nobody")
    assert {e.tag.split("}")[1] for e in asked[0]} == {"username", "password",
                                                       "resource"}
    name, _, password, _ = PEOPLE[1]
    for fields, error in [
            ({"password": "wrong", "resource": "r"}, "not-authorized"),
            ({"password": password}, "not-acceptable")]:
        assert error_of(legacy(client, username=name, **fields)) == error
    answer = legacy(client, username=name, password=password, resource="old")

    assert answer.get("type") == "result"
    client.get("<ping xmlns='urn:xmpp:ping'/>", "localhost")
    assert client.iq("get", "<query xmlns='jabber:iq:roster'/>").get("to") == \
        f"{name}@localhost/old"


def test_clients_from_before_sasl_are_refused_by_default(people):
    client = people.connect().secure()

    answer = legacy(client, "get", username="nobody")

    assert error_of(answer) == "service-unavailable"
