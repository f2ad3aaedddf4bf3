"""Messages to everybody who is online: deliveries per second, from the sender's
write until the last recipient has read, and proof of delivery in the database.

    run.py [MEMBERS] [MESSAGES]
"""
import os
import selectors
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "integration"))

from suite import PASSWORD, Suite  # noqa: E402
from xmpp import Client  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
KINDS = ("ROUTERD", "C2SD", "SM", "POSTGRES")


def cpu_seconds(suite):
    """Of the daemons on the way, and of PostgreSQL with all its children."""
    wanted = {pid for kind in KINDS for pid in suite.pids(kind)}
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(path.parent.name) in wanted or int(fields[1]) in wanted:
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def log_in(suite, name):
    client = Client(suite).secure().plain(name, PASSWORD).bind("bench")
    return client.comes_online()


def read_all(clients, marks):
    """Reads until each client has got each mark; whatever else comes is passed
    over."""
    watch = selectors.DefaultSelector()
    left = {}
    for client in clients:
        client.sock.setblocking(False)
        watch.register(client.sock, selectors.EVENT_READ, client)
        left[client] = [len(marks), b""]
    while left:
        events = watch.select(60)
        if not events:
            raise SystemExit(f"{len(left)} of {len(clients)} are still waiting")
        for key, _ in events:
            take(key.data, left, marks, watch)


def take(client, left, marks, watch):
    while True:
        try:
            data = client.sock.recv(65536)
        except OSError:
            return
        if not data or client not in left:
            return
        text = left[client][1] + data
        left[client][0] -= sum(text.count(m) for m in marks)
        left[client][1] = text[-(len(marks[0]) - 1):]
        if left[client][0] <= 0:
            watch.unregister(client.sock)
            del left[client]
            return


def main(members, messages):
    names = [f"p{i}" for i in range(members)]
    with Suite(users=("sender",), settings={"admins": '{"sender@localhost"}',
                                            "permissions.broadcast": "true"}) \
            as suite:
        suite.add_users(*names)
        sender = log_in(suite, "sender")
        clients = [log_in(suite, name) for name in names]
        marks = [f"<body>bench {i:06}</body>".encode() for i in range(messages)]
        cpu, begun = cpu_seconds(suite), time.monotonic()
        for i in range(messages):
            sender.send("online@broadcast.localhost", f"bench {i:06}")
        read_all(clients, marks)
        seconds = time.monotonic() - begun
        while int(suite.sql("SELECT count(*) FROM broadcast_recipient "
                            "WHERE handed IS NULL")):
            time.sleep(0.1)
        proven = time.monotonic() - begun
        cpu = cpu_seconds(suite) - cpu
        count = members * messages
        print(f"{members} members, {messages} messages: "
              f"{count / seconds:.0f} deliveries/s, "
              f"proof of all after {proven:.2f} s, "
              f"{cpu / count * 1e6:.0f} CPU µs each, PostgreSQL counted")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000,
         int(sys.argv[2]) if len(sys.argv) > 2 else 10)
