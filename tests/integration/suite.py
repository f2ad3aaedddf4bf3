"""A private suite: started by `posthouse up` in a folder of its own on free
ports, stopped by `posthouse down`."""
import csv
import fcntl
import os
import pwd
import random
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("POSTHOUSE_BIN", ROOT / "build" / "bin"))
OFFSETS = (22, 23, 69, 70, 77, 80, 81, 147)
PASSWORD = "correct horse"


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_reserved = {}


def _reserve(base):
    """Keeps other test runs from the same choice."""
    file = open(Path(tempfile.gettempdir()) / f"posthouse-ports-{base}", "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _reserved[base] = file
    return True


def release_base_port(base):
    """Somebody else may take it."""
    if base in _reserved:
        _reserved.pop(base).close()


def free_base_port():
    """A base whose derived ports nobody uses now; held until it is released, or
    as long as this process lives."""
    for _ in range(1000):
        base = random.randrange(10000, 32000, 160)
        if base in _reserved or not _reserve(base):
            continue
        if all(_is_free(base + o) for o in OFFSETS):
            return base
        release_base_port(base)
    raise RuntimeError("no free ports")


def own_mounts():
    """Runs a command with mounts of its own. In a chroot / is no mount, and what
    is mounted there reaches nobody else anyway."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    if any(line.split()[4] == "/" for line in mounts):
        return ["unshare", "-m"]
    return ["unshare", "-m", "--propagation", "unchanged"]


class Suite:
    def __init__(self, *, domains=("localhost",), c2s=1, sm=1, muc=1,
                 s2s=1, proxies=1, components=None,
                 settings=None, users=(), max_files=None, disk_mb=None,
                 base_port=None, listen="127.0.0.1"):
        self.domains = domains
        self.domain = domains[0]
        self.state = Path(tempfile.mkdtemp(prefix="posthouse-test-"))
        # Daemons under their own users have to get in.
        self.state.chmod(0o755)
        self.env = {}
        self._known = set()
        self._reserved_base = None
        self._base_port = base_port
        self._options = ["--listen", listen, "--c2s", str(c2s),
                         "--sm", str(sm), "--muc", str(muc), "--s2s", str(s2s),
                         "--proxy", str(proxies)]
        for domain in domains:
            self._options += ["--domain", domain]
        for name, secret in (components or {}).items():
            self._options += ["--component", f"{name}={secret}"]
        defaults = {"authd.login-rate": 0, "authd.registration-rate": 0,
                    "authd.account-login-rate": 0,
                    "c2sd.max-connections-per-address": 0}
        for key, value in {**defaults, **(settings or {})}.items():
            self._options += ["--set", f"{key}={value}"]
        self._first_users = users
        self._disk_mb = disk_mb
        self._limit = (["prlimit", f"--nofile={max_files}:{max_files}"]
                       if max_files else [])

    # --- life -----------------------------------------------------------
    def up(self):
        command = [*self._limit, *self._own_disk(), BIN / "posthouse", "up", "--state", self.state,
                   "--base-port", str(self._base_port or self._own_base()),
                   *self._options,
                   "--detach"]
        result = subprocess.run(command, capture_output=True, text=True,
                                timeout=120)
        if result.returncode != 0:
            raise RuntimeError(f"posthouse up failed:\n{result.stdout}"
                               f"{result.stderr}\n{self.logs()}")
        self.read_env()
        self.add_users(*self._first_users)
        return self

    def _own_disk(self):
        """The database's files are on a file system of their own, which only the
        suite sees."""
        if not self._disk_mb:
            return []
        owner = pwd.getpwnam("posthouse-pg")
        options = (f"size={self._disk_mb}m,mode=700,uid={owner.pw_uid},"
                   f"gid={owner.pw_gid}")
        return [*own_mounts(), "sh", "-c",
                'mkdir -p "$0" && mount -t tmpfs -o "$1" tmpfs "$0" && shift '
                '&& exec "$@"', self.state / "pg", options]

    def database_folder(self):
        """As seen from outside."""
        root = Path(f"/proc/{self.pids('postgres')[0]}/root")
        return root / self.state.relative_to("/") / "pg"

    def _own_base(self):
        self._reserved_base = free_base_port()
        return self._reserved_base

    def down(self):
        subprocess.run([BIN / "posthouse", "down", "--state", self.state],
                       capture_output=True, text=True, timeout=60)
        release_base_port(self._reserved_base)
        shutil.rmtree(self.state, ignore_errors=True)

    def __enter__(self):
        try:
            return self.up()
        except BaseException:
            self.down()
            raise

    def __exit__(self, *_):
        self.down()

    def read_env(self):
        """posthouse.env, shell assignments, as they stand now."""
        text = (self.state / "posthouse.env").read_text()
        self.env = {}
        for word in shlex.split(text, comments=True):
            key, _, value = word.partition("=")
            self.env[key] = value
        return self.env

    def pids(self, kind):
        return [int(p) for p in
                self.read_env().get(f"PH_PIDS_{kind.upper()}", "").split()]

    def port(self, name):
        return int(self.env[f"PH_{name}_PORT"])

    def logs(self, lines=40):
        """The end of each daemon's log, for a failure's report."""
        parts = []
        for path in sorted(self.state.rglob("*.log")):
            tail = path.read_text(errors="replace").splitlines()[-lines:]
            parts.append(f"--- {path.relative_to(self.state)}\n"
                         + "\n".join(tail))
        return "\n".join(parts)

    # --- administration ---------------------------------------------------
    def ctl(self, *words, check=True):
        result = subprocess.run(
            [BIN / "posthousectl", "--state", self.state, *map(str, words)],
            capture_output=True, text=True, timeout=60)
        if check and result.returncode != 0:
            raise RuntimeError(f"posthousectl {words}: {result.returncode}\n"
                               f"{result.stdout}{result.stderr}")
        return result

    def sql(self, *statements):
        """As the cluster's superuser; one statement each, outside a
        transaction."""
        switch = (["runuser", "-u", "posthouse-pg", "--"]
                  if os.geteuid() == 0 else [])
        commands = [word for one in statements for word in ("-c", one)]
        result = subprocess.run(
            [*switch, "psql", "-qXAt", "-h", self.env["PH_PG_SOCKET"], "-U",
             "postgres", "-d", "posthouse", *commands],
            check=True, capture_output=True, text=True, timeout=60)
        return result.stdout

    def add_users(self, *names, password=PASSWORD, domain=None, email="",
                  again=False):
        """Accounts that are not there yet (or again), all with the same password."""
        domain = domain or self.domain
        fresh = [f"{n}@{domain}" for n in names
                 if again or f"{n}@{domain}" not in self._known]
        if not fresh:
            return
        path = self.state / "import.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["jid", "password", "name", "email"])
            for jid in fresh:
                rows.writerow([jid, password, jid.split("@")[0].title(),
                               email or jid])
        self.ctl("user", "import", path)
        self._known.update(fresh)

    def remove_user(self, jid):
        self.ctl("user", "del", jid)
        self._known.discard(jid)

    def kill_one(self, kind):
        """Kills one daemon; waits until the supervisor has replaced it."""
        old = self.pids(kind)
        os.kill(old[0], 9)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            now = self.pids(kind)
            if len(now) == len(old) and old[0] not in now:
                return
            time.sleep(0.05)
        raise AssertionError(f"{kind} was not started again")


class House:
    """routerd and compd alone, for what components need no account for."""

    CONFIG = """
domains = {"localhost"}
compd { port = %(port)d }
users { comp = "%(user)s" router = "%(user)s" }
component "echo.localhost" { secret = "sesame" }
component "other.localhost" { secret = "other secret" }
"""

    def __init__(self):
        self.domain = "localhost"
        self.folder = Path(tempfile.mkdtemp(prefix="posthouse-house-"))
        self._port = free_base_port() + 147
        self._daemons = []

    def port(self, name):
        assert name == "COMPONENT"
        return self._port

    def logs(self):
        return "\n".join(path.read_text(errors="replace")
                         for path in sorted(self.folder.glob("*.log")))

    def _start(self, name):
        self._daemons.append(subprocess.Popen(
            [BIN / name, "--config", self.folder / "posthouse.conf",
             "--run-dir", self.folder, "--instance", "0",
             "--log", self.folder / f"{name}.log"]))

    def __enter__(self):
        user = pwd.getpwuid(os.geteuid()).pw_name
        (self.folder / "posthouse.conf").write_text(
            self.CONFIG % {"port": self._port, "user": user})
        for name in ("routerd", "compd"):
            self._start(name)
        deadline = time.monotonic() + 10
        while _is_free(self._port):
            if time.monotonic() > deadline:
                raise RuntimeError(f"compd does not listen\n{self.logs()}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        for daemon in reversed(self._daemons):
            daemon.terminate()
            assert daemon.wait(10) == 0, "a daemon did not stop in peace"
        shutil.rmtree(self.folder, ignore_errors=True)
