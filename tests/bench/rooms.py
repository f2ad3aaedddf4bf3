"""What one room costs: CPU of each daemon per presence at joining and per
delivered message. OCCUPANTS and MESSAGES from the environment."""
import os
import selectors
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from suite import PASSWORD, Suite  # noqa: E402
from xmpp import Client  # noqa: E402

OCCUPANTS = int(os.environ.get("OCCUPANTS", "300"))
MESSAGES = int(os.environ.get("MESSAGES", "200"))
ROOM = "bench@conference.localhost"
KINDS = ("routerd", "mucd", "sm", "c2sd", "postgres")
TICK = os.sysconf("SC_CLK_TCK")


def cpu(suite):
    """Seconds of CPU that each kind of daemon has used."""
    used = {}
    for kind in KINDS:
        used[kind] = 0
        for pid in suite.pids(kind):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1].split()
            used[kind] += (int(fields[11]) + int(fields[12])) / TICK
    return used


class Crowd:
    """Connections of which only the number of stanzas matters."""

    def __init__(self, clients):
        self.selector = selectors.DefaultSelector()
        self.counts = dict.fromkeys(clients, 0)
        self.tails = dict.fromkeys(clients, b"")
        for client in clients:
            client.sock.setblocking(False)
            self.selector.register(client.sock, selectors.EVENT_READ, client)

    def _read(self, client, marker):
        try:
            while True:
                data = client.sock.recv(262144)
                if not data:
                    raise RuntimeError("a connection ended")
                # A marker may lie across the border of two records.
                data = self.tails[client] + data
                self.counts[client] += data.count(marker)
                self.tails[client] = data[1 - len(marker):] \
                    if not data.endswith(marker) else b""
        except OSError:
            pass  # nothing more for now

    def wait(self, marker, total, limit=120):
        deadline = time.monotonic() + limit
        while sum(self.counts.values()) < total:
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"{sum(self.counts.values())} of {total} arrived")
            for key, _ in self.selector.select(1):
                self._read(key.data, marker)

    def reset(self):
        self.counts = dict.fromkeys(self.counts, 0)


def report(what, before, after, count, seconds):
    each = {k: (after[k] - before[k]) * 1e6 / count for k in KINDS}
    parts = " ".join(f"{k}={v:.2f}" for k, v in each.items())
    print(f"{what}: {count} in {seconds:.2f} s, CPU us each: "
          f"{sum(each.values()):.2f} ({parts})", flush=True)


def send_all(client, text):
    client.sock.setblocking(True)
    client.sock.sendall(text.encode())
    client.sock.setblocking(False)


def main():
    with Suite(settings={"mucd.message-rate": 0,
                         "mucd.history": 0}) as suite:
        names = [f"bench{i}" for i in range(OCCUPANTS)]
        suite.add_users(*names)
        clients = []
        for name in names:
            client = Client(suite).secure().plain(name, PASSWORD)
            clients.append(client.bind("r"))
        crowd = Crowd(clients)
        before, started = cpu(suite), time.monotonic()
        for i, client in enumerate(clients):
            join = "" if i == 0 else \
                "<x xmlns='http://jabber.org/protocol/muc'/>"
            send_all(client, f"<presence to='{ROOM}/n{i}'>{join}</presence>")
            crowd.wait(b"</presence>", (i + 1) * (i + 1))
        report("presences at joining", before, cpu(suite),
               OCCUPANTS * OCCUPANTS, time.monotonic() - started)
        crowd.reset()
        before, started = cpu(suite), time.monotonic()
        speaker = clients[0]
        for i in range(MESSAGES):
            send_all(speaker, f"<message to='{ROOM}' type='groupchat' id='{i}'>"
                              f"<body>{'x' * 100}</body></message>")
            if i % 20 == 19:
                crowd.wait(b"</body>", (i + 1) * OCCUPANTS)
        crowd.wait(b"</body>", MESSAGES * OCCUPANTS)
        report("messages", before, cpu(suite), MESSAGES * OCCUPANTS,
               time.monotonic() - started)


main()
