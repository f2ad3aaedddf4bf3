"""Two suites on loopback that find each other by s2sd.connect."""
import contextlib
import socket
import struct
import threading

from suite import Suite, free_base_port

VERONA, MANTUA = "verona.example", "mantua.example"


def services(domain):
    return domain, f"conference.{domain}", f"proxy.{domain}"


RESET = struct.pack("ii", 1, 0)  # of SO_LINGER


class Wire:
    """Between who connects here and a port: it can be cut, or hold all it has."""

    def __init__(self, port):
        self._to = port
        self._ends = []
        self._flows = threading.Event()
        self._flows.set()
        self.calls = 0
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.port = self._sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        self.cut()

    def cut(self):
        """What is on its way is lost, and both sides are told so at once."""
        ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RD)
            end.close()
        self._flows.set()

    def holds(self):
        """What is said goes nowhere until the wire is cut."""
        self._flows.clear()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self._sock.accept()[0]
                self.calls += 1
                try:
                    far = socket.create_connection(("127.0.0.1", self._to))
                except OSError:
                    near.close()
                    continue
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._flow, args=(one, other),
                                     daemon=True).start()

    def _flow(self, one, other):
        with contextlib.suppress(OSError, ValueError):
            while data := one.recv(65536):
                self._flows.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def two_suites(*, left=None, right=None, direct_tls=False, both=None,
               wires=None, more=((), ())):
    """Suites of verona.example and mantua.example; left and right are options of
    Suite, both are settings of either, more are further domains of each. A list
    `wires` gets the Wire to each, which the other one connects through."""
    ports = [free_base_port(), free_base_port()]
    kind, offset = ("tls:", 70) if direct_tls else ("", 69)
    with contextlib.ExitStack() as stack:
        suites = []
        doors = [port + offset for port in ports]
        if wires is not None:
            wires += [stack.enter_context(Wire(door)) for door in doors]
            doors = [wire.port for wire in wires]
        for own, other, port, door, options, names in (
                (VERONA, MANTUA, ports[0], doors[1], left, more[1]),
                (MANTUA, VERONA, ports[1], doors[0], right, more[0])):
            options = dict(options or {})
            connect = {f"s2sd.connect.{name}": f"{kind}127.0.0.1:{door}"
                       for name in (*services(other), *names)}
            options["settings"] = {**connect, **(both or {}),
                                   **options.get("settings", {})}
            suites.append(stack.enter_context(
                Suite(domains=(own,), base_port=port, **options)))
        yield suites


def log_of(suite):
    return "".join(path.read_text(errors="replace") for path in
                   sorted(suite.state.rglob("s2sd.*.log")))
