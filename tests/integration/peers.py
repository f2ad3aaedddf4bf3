"""Other makers' servers, an authority and DNS, in a network namespace: nothing
leaves it. Needs root."""
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

PASSWORD = "correct horse"
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _run(*command, **options):
    return subprocess.run(list(map(str, command)), check=True,
                          capture_output=True, text=True, **options)


@contextlib.contextmanager
def namespace():
    """This thread, and what it starts, has a loopback of its own."""
    back = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net",
                   os.O_RDONLY)
    if _libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    try:
        _run("ip", "link", "set", "lo", "up")
        yield
    finally:
        _libc.setns(back, CLONE_NEWNET)
        os.close(back)


def _own_mounts():
    """Runs a command with mounts of its own. In a chroot / is no mount, and what
    is mounted there reaches nobody else anyway."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    if any(line.split()[4] == "/" for line in mounts):
        return ["unshare", "-m"]
    return ["unshare", "-m", "--propagation", "unchanged"]


class Authority:
    """Certificates of a CA of our own, or of none."""
    def __init__(self, folder):
        self.folder = Path(folder)
        self.key, self.file = self.folder / "ca.key", self.folder / "ca.pem"
        _run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
             "/CN=Test authority", "-keyout", self.key, "-out", self.file)

    def issue(self, name, *domains, self_signed=False):
        """Paths of chain and key, for the domains as DNS names."""
        key = self.folder / f"{name}.key"
        chain, request = key.with_suffix(".crt"), key.with_suffix(".csr")
        extension = key.with_suffix(".ext")
        extension.write_text("subjectAltName=" + ",".join(
            f"DNS:{d}" for d in domains) + "\n")
        _run("openssl", "req", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
             "-keyout", key, "-out", request)
        signer = (["-signkey", key] if self_signed else
                  ["-CA", self.file, "-CAkey", self.key, "-CAcreateserial"])
        _run("openssl", "x509", "-req", "-in", request, "-out", chain,
             "-extfile", extension, "-days", 30, *signer)
        key.chmod(0o644)  # each server has a user of its own
        return chain, key


def _wait_for_port(port, process, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"nobody listens at {port}:\n{Path(log).read_text()}")


@contextlib.contextmanager
def _process(command, log, port=None, **options):
    with open(log, "w") as out:
        process = subprocess.Popen(list(map(str, command)), stdout=out,
                                   stderr=out, stdin=subprocess.DEVNULL,
                                   start_new_session=True, **options)
    try:
        if port:
            _wait_for_port(port, process, log)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def name_server(folder, services, addresses=(), port=53):
    """dnsmasq with SRV records {domain: (host, port)} (or lists of (service, host,
    port, priority, weight)), and addresses of hosts."""
    command = ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts",
               "--listen-address=127.0.0.1", "--bind-interfaces",
               f"--port={port}", "--user=root", "--pid-file=", "--no-daemon",
               "--local=/#/"]
    for domain, rows in services.items():
        for service, host, at, priority, weight in rows:
            command.append(f"--srv-host=_{service}._tcp.{domain},{host},{at},"
                           f"{priority},{weight}")
    for host, address in addresses:
        command.append(f"--host-record={host},{address}")
    with _process(command, Path(folder) / "dnsmasq.log", port) as process:
        yield process


class Peer:
    """What tests ask of another server: its domain and client port."""
    def __init__(self, name, domain, folder):
        self.name, self.domain = name, domain
        self.folder = Path(folder) / name
        self.folder.mkdir()
        self.folder.chmod(0o777)
        self.env = {}

    def port(self, _):
        return self.client_port

    def add_users(self, *_):
        """They are there from the start."""

    def log(self):
        return "".join(p.read_text(errors="replace")
                       for p in sorted(self.folder.glob("*.log")))


@contextlib.contextmanager
def prosody(folder, domain, ports, certificate, authority, users=("juliet",),
            secure=False, modules=("dialback",)):
    peer = Peer("prosody", domain, folder)
    peer.client_port, peer.server_port = ports
    chain, key = certificate
    names = "".join(f'"{m}"; ' for m in modules)
    (peer.folder / "prosody.cfg.lua").write_text(f"""
daemonize = false
pidfile = "{peer.folder}/prosody.pid"
data_path = "{peer.folder}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {ports[0]} }}
s2s_ports = {{ {ports[1]} }}
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = {"true" if secure else "false"}
authentication = "internal_plain"
modules_enabled = {{ "roster"; "saslauth"; "tls"; "disco"; "presence";
    "message"; "iq"; "offline"; "smacks"; "ping"; "s2s"; {names} }}
modules_disabled = {{ "posix" }}
ssl = {{ key = "{key}"; certificate = "{chain}"; cafile = "{authority}" }}
log = {{ debug = "{peer.folder}/prosody.log" }}
VirtualHost "{domain}"
Component "conference.{domain}" "muc"
    muc_room_default_public = true
    restrict_room_creation = false
""")
    accounts = peer.folder / "data" / domain.replace(".", "%2e") / "accounts"
    accounts.mkdir(parents=True)
    for user in users:
        (accounts / f"{user}.dat").write_text(
            f'return {{ ["password"] = "{PASSWORD}" }}\n')
    resolv = peer.folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\n")
    command = [*_own_mounts(), "sh", "-c",
               f"mount --bind {resolv} /etc/resolv.conf && exec prosody "
               f"--config {peer.folder}/prosody.cfg.lua -F --root"]
    with _process(command, peer.folder / "output.log", ports[0]):
        yield peer


@contextlib.contextmanager
def folder():
    path = Path(tempfile.mkdtemp(prefix="posthouse-peers-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
