"""Another server that a test plays itself: a Link is what it says to a suite, a Server
what it answers when the suite calls. Elements are shown in jabber:client."""
import contextlib
import queue
import socket
import ssl
import threading
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import quoteattr

from xmpp import CLIENT, SASL, STREAM, TIMEOUT, TLS, Stream, StreamClosed, b64

SERVER = "{jabber:server}"
DIALBACK = "{jabber:server:dialback}"
BIDI = "urn:xmpp:bidi"
KEY = "the key of the true server"
PROTOCOL = "xmpp-server"


class Side(Stream):
    """Either end of a stream between servers."""

    def next(self, timeout=TIMEOUT):
        element = super().next(timeout)
        for e in element.iter():
            e.tag = e.tag.replace(SERVER, CLIENT)
        return element

    def says_header(self, sender, to, more=""):
        ends = "".join(f" {name}={quoteattr(value)}" for name, value in
                       (("from", sender), ("to", to)) if value)
        self.send_raw("<?xml version='1.0'?><stream:stream"
                      " xmlns='jabber:server' xmlns:db='jabber:server:dialback'"
                      " xmlns:stream='http://etherx.jabber.org/streams'"
                      f"{ends} version='1.0' {more}>")

    def says_result(self, sender, to, key=None, kind=None):
        """<db:result/>: a key, or the answer to one."""
        kind = f" type='{kind}'" if kind else ""
        self.send_raw(f"<db:result from='{sender}' to='{to}'{kind}>"
                      f"{key or ''}</db:result>")

    def says_verify(self, sender, to, id, key=None, kind=None):
        kind = f" type='{kind}'" if kind else ""
        self.send_raw(f"<db:verify from='{sender}' to='{to}' id={quoteattr(id)}"
                      f"{kind}>{key or ''}</db:verify>")

    def says_message(self, sender, to, body="hello"):
        self.send_raw(f"<message from='{sender}' to='{to}' id='m1' type='chat'>"
                      f"<body>{body}</body></message>")


class Link(Side):
    """A connection to the suite's server port, as this domain."""

    def __init__(self, suite, domain, *, to=None, direct_tls=False, alpn=PROTOCOL,
                 certificate=None, address="127.0.0.1"):
        self.domain, self.to = domain, to or suite.domain
        self._alpn, self._certificate = alpn, certificate
        port = suite.port("S2S_TLS" if direct_tls else "S2S")
        super().__init__(socket.create_connection((address, port), TIMEOUT))
        if direct_tls:
            self._wrap()

    def _wrap(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if self._alpn:
            context.set_alpn_protocols([self._alpn])
        if self._certificate:
            context.load_cert_chain(*self._certificate)
        self.sock = context.wrap_socket(self.sock, server_hostname=self.to)

    def opens(self, more=""):
        """Header and features."""
        self.restart()
        self.says_header(self.domain, self.to, more)
        self.id = self.header().get("id")
        self.features = self.next()
        assert self.features.tag == STREAM + "features"
        return self

    def secures(self):
        if not isinstance(self.sock, ssl.SSLSocket):
            self.opens()
            self.send_raw("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            assert self.next().tag == TLS + "proceed"
            self._wrap()
        return self.opens()

    def offers_external(self):
        return any(m.text == "EXTERNAL" for m in
                   self.features.iterfind(f"{SASL}mechanisms/{SASL}mechanism"))

    def logs_in(self, name=None):
        """SASL EXTERNAL; the tag of the answer, and its condition."""
        self.send_raw("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                      "mechanism='EXTERNAL'>"
                      f"{b64((name or self.domain).encode())}</auth>")
        answer = self.next()
        if answer.tag == SASL + "success":
            self.opens()
            return None
        return answer[0].tag.removeprefix(SASL)

    def proves(self, sender=None, to=None, key=KEY):
        """Shows a key; the type of the answer, or an error's condition."""
        self.says_result(sender or self.domain, to or self.to, key)
        answer = self.next()
        assert answer.tag == DIALBACK + "result", answer.tag
        if answer.get("type") != "error":
            return answer.get("type")
        return answer[0][0].tag.split("}")[1]


class _Answer(Side):
    """One connection that the suite has made."""

    def __init__(self, server, sock):
        super().__init__(sock)
        self.server = server

    def hangs_up(self):
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)  # wakes who reads

    def opens(self, features):
        self.restart()
        to = self.header().get("from")
        self.says_header(self.server.domain, to, f"id='s{id(self)}'")
        self.send_raw(f"<stream:features>{features}</stream:features>")

    def runs(self):
        self.server.reads.wait()
        if self.server.context and not self.server.direct_tls:
            self.opens("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            assert self.next().tag == TLS + "starttls"
            self.send_raw("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        if self.server.context:
            self.sock = self.server.context.wrap_socket(self.sock,
                                                        server_side=True)
            self.protocol = self.sock.selected_alpn_protocol()
        self.opens(self.server.features)
        while True:
            self.server.takes(self, self.next(3600))
            self.server.reads.wait()


class Server:
    """Listens as `domain`. It believes everybody, and says of keys whether they are
    KEY. What it was told besides is in `arrived`, what it was asked in `questions`,
    the connections that were opened in `calls`."""

    def __init__(self, domain, *, certificate=None, direct_tls=False, features="",
                 address="127.0.0.1", port=0, is_mute=False):
        self.domain, self.direct_tls, self.features = domain, direct_tls, features
        self.is_mute = is_mute
        self.arrived, self.questions = queue.Queue(), queue.Queue()
        self.calls = []
        self.reads = threading.Event()  # cleared: it stands still, new calls too
        self.reads.set()
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
            if direct_tls:
                self.context.set_alpn_protocols([PROTOCOL])
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.sock = socket.create_server((address, port), family=family)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        self.hangs_up()

    def hangs_up(self):
        """Ends all connections; others may come."""
        self.reads.set()
        for call in self.calls:
            call.hangs_up()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.sock.accept()
                call = _Answer(self, sock)
                self.calls.append(call)
                if not self.is_mute:
                    threading.Thread(target=self._serve, args=(call,),
                                     daemon=True).start()

    @staticmethod
    def _serve(call):
        with contextlib.suppress(OSError, StreamClosed, TimeoutError,
                                 AssertionError, ParseError):
            call.runs()
        call.close()

    def takes(self, call, element):
        sender, to = element.get("from"), element.get("to")
        if element.tag == DIALBACK + "result" and not element.get("type"):
            call.says_result(to, sender, kind="valid")
        elif element.tag == DIALBACK + "verify" and not element.get("type"):
            self.questions.put(element)
            call.says_verify(to, sender, element.get("id"),
                             kind="valid" if element.text == KEY else "invalid")
        else:
            self.arrived.put(element)

    def receives(self, body, timeout=TIMEOUT):
        """The next message, which must be this one."""
        while True:
            element = self.arrived.get(timeout=timeout)
            if element.tag == CLIENT + "message":
                found = element.findtext(CLIENT + "body")
                assert found == body, found[:100]
                return element
