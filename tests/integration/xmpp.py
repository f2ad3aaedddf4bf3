"""A small blocking XMPP client that lets a test say every byte itself. People of
the tests (romeo, juliet) are Clients: romeo.send(...), juliet.receives(...)."""
import base64
import hashlib
import hmac
import itertools
import os
import socket
import ssl
import time
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

TIMEOUT = 10
CLIENT = "{jabber:client}"
COMPONENT = "{jabber:component:accept}"
STREAM = "{http://etherx.jabber.org/streams}"
STREAM_ERROR = "{urn:ietf:params:xml:ns:xmpp-streams}"
STANZA_ERROR = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
TLS = "{urn:ietf:params:xml:ns:xmpp-tls}"
BIND = "{urn:ietf:params:xml:ns:xmpp-bind}"
SM = "{urn:xmpp:sm:3}"
ROSTER = "{jabber:iq:roster}"
DELAY = "{urn:xmpp:delay}"


class StreamClosed(Exception):
    """The other side ended the stream or the connection."""


def b64(data):
    return base64.b64encode(data).decode()


class Stream:
    """One XML stream over a socket: text out, top-level elements in."""

    def __init__(self, sock):
        self.sock = sock
        self.restart()

    def restart(self):
        self._parser = ET.XMLPullParser(("start", "end"))
        self._depth = 0
        self.root = None
        self._ready = []
        self._ended = False

    def send_raw(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def _digest(self):
        for event, element in self._parser.read_events():
            if event == "start":
                self._depth += 1
                if self._depth == 1:
                    self.root = element
                continue
            self._depth -= 1
            if self._depth == 1:
                self._ready.append(element)
                self.root.remove(element)
            elif self._depth == 0:
                self._ended = True

    def _read(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(65536)
        except (ConnectionError, ssl.SSLError) as broken:
            if isinstance(broken, ssl.SSLWantReadError):
                return
            raise StreamClosed("broken") from broken
        except socket.timeout:
            raise TimeoutError from None
        if not data:
            raise StreamClosed("end of the connection")
        self._parser.feed(data)
        self._digest()

    def header(self, timeout=TIMEOUT):
        """Waits for the other side's stream header."""
        deadline = time.monotonic() + timeout
        while self.root is None:
            self._read(deadline)
        return self.root

    def next(self, timeout=TIMEOUT):
        """The next top-level element."""
        deadline = time.monotonic() + timeout
        while not self._ready:
            if self._ended:
                raise StreamClosed("end of the stream")
            self._read(deadline)
        return self._ready.pop(0)

    def ends_with(self, *conditions, timeout=TIMEOUT):
        """Waits for a stream error of one of these conditions and the end of the
        connection."""
        deadline = time.monotonic() + timeout
        while True:
            element = self.next(deadline - time.monotonic())
            if element.tag == STREAM + "error":
                break
        found = element[0].tag.removeprefix(STREAM_ERROR)
        assert found in conditions, f"stream error {found}"
        self.is_closed(deadline - time.monotonic())

    def is_closed(self, timeout=TIMEOUT):
        """Waits for the end; whatever comes before it is passed over."""
        deadline = time.monotonic() + timeout
        try:
            while True:
                self.next(deadline - time.monotonic())
        except StreamClosed:
            return

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass


class Scram:
    """The client's side of SCRAM (RFC 5802), also with channel binding."""

    def __init__(self, hash_name, user, password, gs2="n,,", binding=b""):
        self._hash = hash_name
        self._password = password.encode()
        self._gs2 = gs2.encode()
        self._binding = binding
        nonce = b64(os.urandom(18))
        name = user.replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={name},r={nonce}".encode()

    def first(self):
        return self._gs2 + self._bare

    def final(self, challenge):
        fields = dict(p.split("=", 1) for p in challenge.decode().split(","))
        salted = hashlib.pbkdf2_hmac(self._hash, self._password,
                                     base64.b64decode(fields["s"]),
                                     int(fields["i"]))
        without = f"c={b64(self._gs2 + self._binding)},r={fields['r']}"
        auth = self._bare + b"," + challenge + b"," + without.encode()
        key = self._mac(salted, b"Client Key")
        stored = hashlib.new(self._hash, key).digest()
        signature = self._mac(stored, auth)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self._expected = self._mac(self._mac(salted, b"Server Key"), auth)
        return f"{without},p={b64(proof)}".encode()

    def verify(self, data):
        assert data == b"v=" + b64(self._expected).encode(), \
            "the server does not know the verifier"

    def _mac(self, key, data):
        return hmac.new(key, data, self._hash).digest()


class Refused(Exception):
    """A SASL failure; the condition is its only argument."""


class Client(Stream):
    def __init__(self, suite, port=None, *, domain=None, direct_tls=False,
                 receive_buffer=None, host="127.0.0.1"):
        self.suite = suite
        self.domain = domain or suite.domain
        self.jid = None
        self.features = None
        self._ids = itertools.count(1)
        self._kept = []
        port = port or suite.port("C2S_TLS" if direct_tls else "C2S")
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                            receive_buffer)
        sock.settimeout(TIMEOUT)
        sock.connect((host, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(sock)
        if direct_tls:
            self._wrap(["xmpp-client"])

    # --- the stream ---------------------------------------------------------
    @property
    def bare(self):
        return self.jid.split("/")[0]

    def _wrap(self, alpn=None, certificate=None):
        context = ssl.create_default_context(
            cafile=self.suite.env.get("PH_CA_FILE"))
        context.check_hostname = False
        if "PH_CA_FILE" not in self.suite.env:
            context.verify_mode = ssl.CERT_NONE
        if alpn:
            context.set_alpn_protocols(alpn)
        if certificate:
            context.load_cert_chain(*certificate)
        self.sock = context.wrap_socket(self.sock, server_hostname=self.domain)

    def open(self, extra=""):
        """Sends a stream header; reads header and features."""
        self.restart()
        self.send_raw("<?xml version='1.0'?><stream:stream "
                      f"to={quoteattr(self.domain)} version='1.0' {extra} "
                      "xmlns='jabber:client' "
                      "xmlns:stream='http://etherx.jabber.org/streams'>")
        self.header()
        self.features = self.next()
        assert self.features.tag == STREAM + "features", \
            ET.tostring(self.features)
        return self.features

    def starttls(self, certificate=None):
        self.send_raw("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        assert self.next().tag == TLS + "proceed"
        self._wrap(certificate=certificate)
        return self

    def secure(self, certificate=None):
        """Opens a stream, goes to TLS, and opens again."""
        if not isinstance(self.sock, ssl.SSLSocket):
            self.open()
            self.starttls(certificate)
        self.open()
        return self

    # --- login -----------------------------------------------------------------
    def mechanisms(self):
        return [m.text for m in
                self.features.iterfind(f"{SASL}mechanisms/{SASL}mechanism")]

    def auth(self, mechanism, data=None):
        content = "" if data is None else (b64(data) or "=")
        self.send_raw(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                      f"mechanism='{mechanism}'>{content}</auth>")
        return self._sasl_answer()

    def respond(self, data):
        self.send_raw("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                      f"{b64(data)}</response>")
        return self._sasl_answer()

    def _sasl_answer(self):
        answer = self.next()
        if answer.tag == SASL + "failure":
            raise Refused(answer[0].tag.removeprefix(SASL))
        data = base64.b64decode((answer.text or "").replace("=", "", 1)
                                if answer.text == "=" else answer.text or "")
        return answer.tag.removeprefix(SASL), data

    def plain(self, user, password, authzid=""):
        step, _ = self.auth("PLAIN",
                            f"{authzid}\0{user}\0{password}".encode())
        assert step == "success"
        return self

    def scram(self, user, password, name="SHA-256", gs2="n,,", binding=b"",
              plus=False):
        scram = Scram(name.replace("-", "").lower(), user, password, gs2,
                      binding)
        step, data = self.auth(f"SCRAM-{name}" + ("-PLUS" if plus else ""),
                               scram.first())
        assert step == "challenge"
        step, data = self.respond(scram.final(data))
        assert step == "success"
        scram.verify(data)
        return self

    def bind(self, resource=None):
        """Opens the stream behind SASL and binds a resource."""
        self.open()
        inside = f"<resource>{escape(resource)}</resource>" if resource else ""
        result = self.iq("set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'"
                                f">{inside}</bind>")
        assert result.get("type") == "result", ET.tostring(result)
        self.jid = result.find(f"{BIND}bind/{BIND}jid").text
        return self

    # --- a conversation -------------------------------------------------------
    def stanza(self, text):
        self.send_raw(text)

    def send(self, to, body, kind="chat", inside="", id=None):
        id = id or f"m{next(self._ids)}"
        self.send_raw(f"<message to={quoteattr(to)} type='{kind}' id='{id}'>"
                      f"<body>{escape(body)}</body>{inside}</message>")
        return id

    def presence(self, kind=None, to=None, inside=""):
        attributes = (f" type='{kind}'" if kind else "") + \
            (f" to={quoteattr(to)}" if to else "")
        self.send_raw(f"<presence{attributes}>{inside}</presence>")

    def comes_online(self, priority=0):
        """Initial presence; waits until the server has told it to ourselves."""
        self.presence(inside=f"<priority>{priority}</priority>")
        self.waits_for(lambda e: e.tag == CLIENT + "presence"
                       and e.get("from") == self.jid)
        return self

    def iq(self, kind, payload, to=None, timeout=TIMEOUT):
        """Sends a request and returns its answer; other stanzas are kept for
        later."""
        id = f"q{next(self._ids)}"
        target = f" to={quoteattr(to)}" if to else ""
        self.send_raw(f"<iq type='{kind}' id='{id}'{target}>{payload}</iq>")
        return self.waits_for(
            lambda e: e.tag == CLIENT + "iq" and e.get("id") == id
            and e.get("type") in ("result", "error"), timeout)

    def get(self, payload, to=None):
        """An IQ get that must succeed; its first child, or None."""
        result = self.iq("get", payload, to)
        assert result.get("type") == "result", ET.tostring(result)
        return result[0] if len(result) else None

    def set(self, payload, to=None):
        result = self.iq("set", payload, to)
        assert result.get("type") == "result", ET.tostring(result)
        return result[0] if len(result) else None

    def waits_for(self, wanted, timeout=TIMEOUT):
        """The first stanza, kept or new, that `wanted` accepts."""
        for i, element in enumerate(self._kept):
            if wanted(element):
                return self._kept.pop(i)
        deadline = time.monotonic() + timeout
        while True:
            element = self.next(deadline - time.monotonic())
            if wanted(element):
                return element
            self._kept.append(element)

    def receives(self, body, sender=None, timeout=TIMEOUT):
        """Waits for a message with this body."""
        return self.waits_for(
            lambda e: e.tag == CLIENT + "message"
            and e.findtext(CLIENT + "body") == body
            and (sender is None or e.get("from") == sender
                 or e.get("from", "").split("/")[0] == sender), timeout)

    def receives_presence(self, sender, kind=None, timeout=TIMEOUT):
        return self.waits_for(
            lambda e: e.tag == CLIENT + "presence" and e.get("type") == kind
            and sender in (e.get("from"), e.get("from", "").split("/")[0]),
            timeout)

    def receives_error(self, condition, tag="message", timeout=TIMEOUT):
        element = self.waits_for(
            lambda e: e.tag == CLIENT + tag and e.get("type") == "error",
            timeout)
        assert error_of(element) == condition, ET.tostring(element)
        return element

    def receives_push(self, jid, timeout=TIMEOUT):
        """Waits for a roster push about this contact; returns the item."""
        push = self.waits_for(
            lambda e: e.tag == CLIENT + "iq" and e.get("type") == "set"
            and e.find(f"{ROSTER}query/{ROSTER}item[@jid='{jid}']") is not None,
            timeout)
        self.send_raw(f"<iq type='result' id={quoteattr(push.get('id'))}/>")
        return push.find(f"{ROSTER}query/{ROSTER}item")

    def takes(self, wanted):
        """What has come until now and `wanted` accepts; it is not kept any more."""
        taken = [e for e in self._kept if wanted(e)]
        self._kept = [e for e in self._kept if not wanted(e)]
        return taken

    def hears_nothing_of(self, wanted):
        """Proves that nothing that `wanted` accepts has come: whatever the server
        had sent before it answered our ping is here."""
        self.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
        assert not any(wanted(e) for e in self._kept)

    def roster(self):
        query = self.get("<query xmlns='jabber:iq:roster'/>")
        return {} if query is None else {i.get("jid"): i for i in query}

    def leaves(self):
        """Ends the stream in the polite way."""
        try:
            self.send_raw("</stream:stream>")
            self.is_closed()
        except (OSError, TimeoutError):
            pass
        self.close()


def error_of(element):
    """The defined condition of an error stanza."""
    error = element.find(CLIENT + "error")
    for child in error if error is not None else ():
        if child.tag.startswith(STANZA_ERROR) and \
                child.tag != STANZA_ERROR + "text":
            return child.tag.removeprefix(STANZA_ERROR)
    return None


def is_message(element):
    return element.tag == CLIENT + "message"


class Component(Client):
    """A XEP-0114 component; elements are shown in jabber:client."""

    def __init__(self, suite, name):
        super().__init__(suite, suite.port("COMPONENT"), domain=name)
        self.jid = name

    def next(self, timeout=TIMEOUT):
        element = super().next(timeout)
        for e in element.iter():
            e.tag = e.tag.replace(COMPONENT, CLIENT)
        return element

    def open_stream(self):
        self.send_raw("<stream:stream xmlns='jabber:component:accept' "
                      "xmlns:stream='http://etherx.jabber.org/streams' "
                      f"to={quoteattr(self.domain)}>")
        return self.header()

    def shakes_hands(self, secret):
        """Opens the stream and proves the secret."""
        id = self.open_stream().get("id")
        proof = hashlib.sha1((id + secret).encode()).hexdigest()
        self.send_raw(f"<handshake>{proof}</handshake>")
        return self

    def is_welcome(self):
        assert self.next().tag == CLIENT + "handshake"
        return self
