"""Other makers' servers, an authority and DNS, in a network namespace: nothing
leaves it. Needs root."""
import contextlib
import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from suite import own_mounts

PASSWORD = "correct horse"
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def run(*command, **options):
    return subprocess.run(list(map(str, command)), check=True,
                          capture_output=True, text=True, **options)


@contextlib.contextmanager
def namespace():
    """This thread, and what it starts, has a loopback of its own."""
    back = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net",
                   os.O_RDONLY)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    try:
        run("ip", "link", "set", "lo", "up")
        yield
    finally:
        libc.setns(back, CLONE_NEWNET)
        os.close(back)


def _asks_our_dns(folder):
    """Runs a command whose libc asks the name server of the namespace."""
    resolv = Path(folder) / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\n")
    return [*own_mounts(), "sh", "-c",
            f'mount --bind {resolv} /etc/resolv.conf && exec "$@"', "sh"]


class Authority:
    """Certificates of a CA of our own, or of none."""
    def __init__(self, folder, name="Test authority"):
        self.folder = Path(folder)
        self.key, self.file = self.folder / "ca.key", self.folder / "ca.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
             f"/CN={name}", "-keyout", self.key, "-out", self.file)

    def issue(self, name, *domains, self_signed=False, days=30):
        """Paths of chain and key, for the domains as DNS names; with a negative
        number of days it has expired."""
        key = self.folder / f"{name}.key"
        chain, request = key.with_suffix(".crt"), key.with_suffix(".csr")
        extension = key.with_suffix(".ext")
        extension.write_text("subjectAltName=" + ",".join(
            f"DNS:{d}" for d in domains) + "\n")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
             "-keyout", key, "-out", request)
        signer = (["-signkey", key] if self_signed else
                  ["-CA", self.file, "-CAkey", self.key, "-CAcreateserial"])
        run("openssl", "x509", "-req", "-in", request, "-out", chain,
             "-extfile", extension, "-days", days, *signer)
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
    """dnsmasq with SRV records {domain: [(service, host, port, priority, weight)]},
    host "." for none, and addresses of hosts."""
    command = ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts",
               "--listen-address=127.0.0.1", "--bind-interfaces",
               f"--port={port}", "--user=root", "--pid-file=", "--no-daemon",
               "--local=/#/"]
    for domain, rows in services.items():
        for service, host, at, priority, weight in rows:
            target = "" if host == "." else f",{host},{at},{priority},{weight}"
            command.append(f"--srv-host=_{service}._tcp.{domain}{target}")
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

    def port(self, name):
        return {"PROXY": self.proxy_port, "S2S": self.server_port}.get(
            name, self.client_port)

    def add_users(self, *_):
        """They are there from the start."""

    def log(self):
        return "".join(p.read_text(errors="replace")
                       for p in sorted(self.folder.glob("*.log")))


@contextlib.contextmanager
def prosody(folder, domain, ports, certificate, authority, users=("juliet",),
            secure=False, modules=("dialback",), level="debug"):
    peer = Peer("prosody", domain, folder)
    peer.client_port, peer.server_port = ports
    peer.proxy_port = ports[1] + 3
    chain, key = certificate
    names = "".join(f'"{m}"; ' for m in modules)
    (peer.folder / "prosody.cfg.lua").write_text(f"""
daemonize = false
pidfile = "{peer.folder}/prosody.pid"
data_path = "{peer.folder}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {ports[0]} }}
s2s_ports = {{ {ports[1]} }}
proxy65_ports = {{ {peer.proxy_port} }}
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = {"true" if secure else "false"}
authentication = "internal_plain"
modules_enabled = {{ "roster"; "saslauth"; "tls"; "disco"; "presence";
    "message"; "iq"; "offline"; "smacks"; "ping"; "s2s"; {names} }}
modules_disabled = {{ "posix" }}
ssl = {{ key = "{key}"; certificate = "{chain}"; cafile = "{authority}" }}
log = {{ {level} = "{peer.folder}/prosody.log" }}
VirtualHost "{domain}"
Component "conference.{domain}" "muc"
    muc_room_default_public = true
    restrict_room_creation = false
Component "proxy.{domain}" "proxy65"
    proxy65_address = "127.0.0.1"
    proxy65_open_access = true
""")
    accounts = peer.folder / "data" / domain.replace(".", "%2e") / "accounts"
    accounts.mkdir(parents=True)
    for user in users:
        (accounts / f"{user}.dat").write_text(
            f'return {{ ["password"] = "{PASSWORD}" }}\n')
    command = [*_asks_our_dns(peer.folder), "prosody", "--config",
               peer.folder / "prosody.cfg.lua", "-F", "--root"]
    with _process(command, peer.folder / "output.log", ports[0]) as process:
        peer.pid = process.pid
        yield peer


EJABBERD = """
hosts: ["{domain}"]
loglevel: {level}
certfiles: ["{pem}"]
ca_file: "{authority}"
s2s_cafile: "{authority}"
s2s_use_starttls: {starttls}
s2s_access: all
listen:
  - {{port: {client_port}, ip: "127.0.0.1", module: ejabberd_c2s,
     starttls_required: true, max_stanza_size: 262144, shaper: none}}
  - {{port: {server_port}, ip: "127.0.0.1", module: ejabberd_s2s_in,
     max_stanza_size: 262144, shaper: none}}
  - {{port: {http_port}, ip: "127.0.0.1", module: ejabberd_http,
     request_handlers: {{/api: mod_http_api}}}}
auth_method: internal
auth_password_format: scram
auth_scram_hash: sha256
api_permissions:
  tests: {{from: [mod_http_api], who: all, what: [register]}}
modules:
  mod_roster: {{}}
  mod_disco: {{}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_s2s_dialback: {{}}
  mod_stream_mgmt: {{}}
  mod_muc: {{access_create: all, min_presence_interval: 0,
            min_message_interval: 0}}
  mod_proxy65: {{ip: "127.0.0.1", hostname: "127.0.0.1", port: {proxy_port},
                access: all, shaper: none}}
"""


def _register(port, user, domain):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/register", json.dumps(
        {"user": user, "host": domain, "password": PASSWORD}),
        {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


@contextlib.contextmanager
def ejabberd(folder, domain, ports, certificate, authority, users=("juliet",),
             secure=False, level="debug"):
    """secure: only servers whose certificates are valid."""
    peer = Peer("ejabberd", domain, folder)
    peer.client_port, peer.server_port = ports
    first = ports[1] + 1  # of Erlang's port mapper, HTTP and the proxy
    peer.proxy_port = first + 2
    chain, key = certificate
    pem = peer.folder / "server.pem"
    pem.write_text(Path(chain).read_text() + Path(key).read_text())
    (peer.folder / "ejabberd.yml").write_text(EJABBERD.format(
        domain=domain, pem=pem, level=level, authority=authority,
        client_port=ports[0], server_port=ports[1], http_port=first + 1,
        proxy_port=first + 2,
        starttls="required_trusted" if secure else "required"))
    (peer.folder / "ejabberdctl.cfg").write_text(
        "INET_DIST_INTERFACE=127.0.0.1\n")
    (peer.folder / "spool").mkdir()
    run("chown", "-R", "ejabberd", peer.folder)
    env = {**os.environ, "HOME": str(peer.folder / "spool"),
           "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(first)}
    as_user = ["setpriv", "--reuid", "ejabberd", "--regid", "ejabberd",
               "--clear-groups"]
    with _process([*as_user, "epmd"], peer.folder / "epmd.log", first, env=env), \
         _process([*_asks_our_dns(peer.folder), *as_user, "ejabberdctl", "--node", "peer@localhost",
                   "--config-dir", peer.folder, "--logs", peer.folder,
                   "--spool", peer.folder / "spool",
                   "--config", peer.folder / "ejabberd.yml",
                   "--ctl-config", peer.folder / "ejabberdctl.cfg",
                   "foreground"],
                  peer.folder / "output.log", first + 1, env=env) as process:
        peer.pid = process.pid
        for user in users:
            _register(first + 1, user, domain)
        yield peer


@contextlib.contextmanager
def folder():
    path = Path(tempfile.mkdtemp(prefix="posthouse-peers-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
