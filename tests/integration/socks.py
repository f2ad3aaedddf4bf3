"""The client's side of SOCKS5 as XEP-0065 uses it, by hand."""
import hashlib
import os
import socket
import struct

TIMEOUT = 10


def key_of(sid, initiator, target):
    return hashlib.sha1((sid + initiator + target).encode()).hexdigest()


class Refused(Exception):
    """The reply code of a SOCKS5 refusal, or None for a closed connection."""


class Socks:
    """One connection to the proxy."""

    def __init__(self, suite, receive_buffer=None):
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                 receive_buffer)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(("127.0.0.1", suite.port("PROXY")))

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                raise Refused(None)
            data += more
        return data

    def greets(self, methods=b"\0"):
        self.sock.sendall(bytes([5, len(methods)]) + methods)
        return self.read(2)[1]

    def asks(self, request):
        """Sends a request as it is; returns the bound address."""
        self.sock.sendall(request)
        version, reply, _, kind = self.read(4)
        assert version == 5
        if reply:
            self.read(6)
            raise Refused(reply)
        assert kind == 3
        address = self.read(self.read(1)[0])
        return address.decode(), struct.unpack(">H", self.read(2))[0]

    def connects(self, key, command=1, port=0):
        assert self.greets() == 0
        name = key.encode()
        bound = self.asks(bytes([5, command, 0, 3, len(name)]) + name
                          + struct.pack(">H", port))
        assert bound == (key, 0)
        return self

    def is_closed(self):
        try:
            return self.sock.recv(1) == b""
        except ConnectionError:
            return True

    def hears_nothing(self, seconds=0.3):
        self.sock.settimeout(seconds)
        try:
            return not self.sock.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return True
        finally:
            self.sock.settimeout(TIMEOUT)

    def ends(self):
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.sock.close()


def sends(sock, size):
    """Pours random bytes into a socket; their hash."""
    block = os.urandom(1 << 20)
    digest = hashlib.sha256()
    while size > 0:
        part = block[:size]
        sock.sendall(part)
        digest.update(part)
        size -= len(part)
    return digest.hexdigest()


def drains(sock):
    """Reads to the end; count and hash."""
    digest = hashlib.sha256()
    count = 0
    while data := sock.recv(1 << 20):
        digest.update(data)
        count += len(data)
    return count, digest.hexdigest()
