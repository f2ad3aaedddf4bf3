"""Speaks the link as a daemon that was taken over: run under that daemon's user
with the router's socket and an address to bind; standard input has what to try as
JSON, [[receiver, stream, ordinal, body], …]. Prints what comes back, as JSON."""
import json
import re
import socket
import sys
import time

FRAME = re.compile(rb"<route ([^>]*)>")


class Link:
    def __init__(self, path, address):
        self.address = address
        self.seq = {}
        self.got = []
        self._bytes = b""
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.connect(path)
        self.raw("<stream xmlns='urn:posthouse:link:1' node='evil'>"
                 f"<bind address='{address}'/>")

    def raw(self, text):
        self._sock.sendall(text.encode())

    def frame(self, to, attributes, body=""):
        size = len(body.encode())
        self.raw(f"<route to='{to}' from='{self.address}'{attributes} "
                 f"len='{size}'>{body}</route>")

    def send(self, to, sid, n, body):
        """One frame of the channel, which is opened when it has to be."""
        if to not in self.seq:
            self.seq[to] = 0
            self.frame(to, f" epoch='{time.time_ns()}' hello='0:0'")
            self.read(0.005)
        self.seq[to] += 1
        sid = f" sid='{sid:x}'" if sid else ""
        n = f" n='{n}'" if n else ""
        self.frame(to, f"{sid} seq='{self.seq[to]}' low='1'{n}", body)

    def read(self, seconds):
        """All that comes in this time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._sock.settimeout(max(0.01, end - time.monotonic()))
            try:
                data = self._sock.recv(1 << 20)
            except socket.timeout:
                break
            if not data:
                self.got.append(["", "", "closed"])
                return
            self._bytes += data
        self._digest()

    def _digest(self):
        while match := FRAME.search(self._bytes):
            attributes = dict(re.findall(rb"([a-z]+)='([^']*)'",
                                         match.group(1)))
            end = match.end() + int(attributes[b"len"])
            if len(self._bytes) < end:
                return
            body = self._bytes[match.end():end].decode()
            self._bytes = self._bytes[end:]
            if body:
                self.got.append([attributes[b"from"].decode(),
                                 attributes.get(b"sid", b"").decode(), body])


def main():
    link = Link(sys.argv[1], sys.argv[2])
    link.read(0.5)
    if link.address.startswith("c2s/"):  # sm asks a new c2sd for its sessions
        link.frame("sm/0", "", "<restored xmlns='urn:posthouse:link:1' n='0'/>")
    for step in json.load(sys.stdin):
        if step[0] == "raw":
            link.frame(*step[1:])
        else:
            link.send(*step)
    link.read(1)
    print(json.dumps(link.got))


if __name__ == "__main__":
    main()
