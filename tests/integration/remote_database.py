"""A PostgreSQL that is reached over TCP and TLS alone, each role by a certificate
of its own, as a database on another host is."""
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from suite import ROOT, free_base_port, release_base_port

ROLES = {"posthouse_owner": None, "posthouse_ctl": None,
         "posthouse_auth": "posthouse-auth", "posthouse_sm": "posthouse-sm",
         "posthouse_muc": "posthouse-muc"}
HBA = """
local   all        all               trust
hostssl posthouse  all 127.0.0.1/32  {method}
"""


def binaries():
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"),
                     key=lambda path: int(path.parent.name))
    return folders[-1]


class RemoteDatabase:
    """method: of pg_hba.conf; with one for passwords set `password`."""

    def __init__(self, method="cert"):
        self.method = method
        self.password = None
        self.folder = Path(tempfile.mkdtemp(prefix="posthouse-remote-"))
        self.folder.chmod(0o755)
        self.user = "posthouse-pg" if os.geteuid() == 0 else None
        self._base = free_base_port()
        self.port = self._base + 22
        self._data = self.folder / "data"
        self._socket = self.folder / "socket"

    @property
    def conninfo(self):
        place = (f"host=127.0.0.1 port={self.port} dbname=posthouse "
                 f"sslmode=verify-full sslrootcert={self.folder}/ca.pem ")
        if self.password:
            return place + f"password={self.password}"
        return (place +
                f"sslcert={self.folder}/{{role}}.pem "
                f"sslkey={self.folder}/{{role}}.key")

    def _run(self, *words, as_server=True, text=b""):
        switch = (["runuser", "-u", self.user, "--"]
                  if self.user and as_server else [])
        subprocess.run([*switch, *map(str, words)], check=True, timeout=60,
                       input=text, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                       cwd=self.folder)

    def _openssl(self, *words):
        self._run("openssl", *words, as_server=False)

    def _owned(self, path, user):
        """As libpq and the server want keys: of the reader, or of root with a
        group that may read."""
        path.chmod(0o600)
        if user and os.geteuid() == 0:
            os.chown(path, 0, pwd.getpwnam(user).pw_gid)
            path.chmod(0o640)

    def _certificate(self, name, subject, user, extension=None):
        key = self.folder / f"{name}.key"
        request = self.folder / f"{name}.csr"
        self._openssl("req", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                      "-out", request, "-subj", f"/CN={subject}",
                      *(["-addext", f"subjectAltName={extension}"]
                        if extension else []))
        self._openssl("x509", "-req", "-in", request, "-CA",
                      self.folder / "ca.pem", "-CAkey", self.folder / "ca.key",
                      "-CAcreateserial", "-copy_extensions", "copy", "-days",
                      "2", "-out", self.folder / f"{name}.pem")
        self._owned(key, user)

    def _certificates(self):
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", "/CN=authority", "-keyout",
                      self.folder / "ca.key", "-out", self.folder / "ca.pem")
        self._certificate("server", "127.0.0.1", self.user, "IP:127.0.0.1")
        for role, user in ROLES.items():
            self._certificate(role, role, user)

    def psql(self, *words, script=b""):
        self._run(binaries() / "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h",
                  self._socket, "-p", self.port, "-U", "postgres", *words,
                  text=script)

    def set_password(self, role, password):
        self.psql("-d", "postgres", "-c",
                  f"ALTER ROLE {role} PASSWORD '{password}'")

    def disconnect(self, role):
        self.psql("-d", "postgres", "-c",
                  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                  f"WHERE usename = '{role}'")

    def start(self):
        settings = {"listen_addresses": "127.0.0.1", "port": self.port,
                    "unix_socket_directories": self._socket, "ssl": "on",
                    "ssl_cert_file": self.folder / "server.pem",
                    "ssl_key_file": self.folder / "server.key",
                    "ssl_ca_file": self.folder / "ca.pem", "fsync": "off"}
        self._run(binaries() / "pg_ctl", "-w", "-D", self._data, "-l",
                  self._data / "server.log", "-o",
                  " ".join(f"-c {k}={v}" for k, v in settings.items()),
                  "start")

    def stop(self, mode="fast"):
        self._run(binaries() / "pg_ctl", "-w", "-D", self._data, "-m", mode,
                  "stop")

    def __enter__(self):
        for path in (self._data, self._socket):
            path.mkdir(mode=0o700)
            if self.user:
                os.chown(path, pwd.getpwnam(self.user).pw_uid, -1)
        self._certificates()
        self._run(binaries() / "initdb", "-D", self._data, "-U", "postgres",
                  "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        (self._data / "pg_hba.conf").write_text(
            HBA.format(method=self.method))
        self.start()
        # The server's user may have no way to where the sources lie.
        self.psql("-d", "postgres",
                  script=(ROOT / "sql" / "cluster.sql").read_bytes())
        self.psql("-d", "postgres", "-c",
                  "CREATE DATABASE posthouse OWNER posthouse_owner")
        return self

    def __exit__(self, *_):
        try:
            self.stop("immediate")
        finally:
            release_base_port(self._base)
            shutil.rmtree(self.folder, ignore_errors=True)
