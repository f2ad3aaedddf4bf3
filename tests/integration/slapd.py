"""A private OpenLDAP server on loopback, in a folder of its own."""
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

BASE = "dc=example,dc=org"
ADMIN = f"cn=reader,{BASE}"
SECRET = "what the service says"
SLAPD = shutil.which("slapd") or "/usr/sbin/slapd"

CONFIG = f"""
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {{folder}}/slapd.pid
sizelimit 500
database mdb
maxsize 1073741824
suffix "{BASE}"
rootdn "{ADMIN}"
rootpw "{SECRET}"
directory {{folder}}/data
index objectClass,uid eq
limits dn.exact="{ADMIN}" size=unlimited
"""

TREE = f"""dn: {BASE}
objectClass: organization
objectClass: dcObject
dc: example
o: Example

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups
"""


def person(uid, password=None, name=None, mail=None):
    secret = f"userPassword: {password}\n" if password else ""
    return (f"dn: uid={uid},ou=people,{BASE}\nobjectClass: inetOrgPerson\n"
            f"uid: {uid}\ncn: {name or uid.title()}\nsn: {uid}\n"
            f"mail: {mail or uid + '@mail.example'}\n{secret}")


def group(name, *uids):
    members = "".join(f"member: uid={u},ou=people,{BASE}\n" for u in uids)
    return (f"dn: cn={name},ou=groups,{BASE}\nobjectClass: groupOfNames\n"
            f"cn: {name}\n{members}")


class Slapd:
    def __init__(self, *entries):
        self.folder = Path(tempfile.mkdtemp(prefix="posthouse-ldap-"))
        self.folder.chmod(0o755)
        (self.folder / "data").mkdir()
        self.config = self.folder / "slapd.conf"
        self.config.write_text(CONFIG.format(folder=self.folder))
        secret = self.folder / "secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o644)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.uri = f"ldap://127.0.0.1:{self.port}"
        self.process = None
        subprocess.run([SLAPD, "-T", "add", "-q", "-f", self.config],
                       input="\n".join((TREE, *entries)), text=True, check=True,
                       capture_output=True)

    def settings(self, domain="localhost"):
        """What a suite is told of it."""
        return {"ldap.uri": self.uri, "ldap.domains": f'{{"{domain}"}}',
                "ldap.base": BASE, "ldap.bind-dn": ADMIN,
                "ldap.bind-password-file": self.folder / "secret",
                "ldap.timeout": 2}

    def start(self):
        self.process = subprocess.Popen(
            [SLAPD, "-f", self.config, "-h", self.uri, "-d", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise RuntimeError("slapd does not answer")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)
        self.process = None

    def modify(self, text):
        subprocess.run(["ldapmodify", "-x", "-H", self.uri, "-D", ADMIN, "-w",
                        SECRET], input=text, text=True, check=True,
                       capture_output=True)

    def delete(self, uid):
        self.modify(f"dn: uid={uid},ou=people,{BASE}\nchangetype: delete\n")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
