"""What `make install` puts down, as systemd and its helpers read it."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from suite import BIN, ROOT

UNITS = "usr/lib/systemd/system"
SYSTEM = Path("/usr/lib/systemd/system")

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"),
                                reason="systemd is not here")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    root = tmp_path_factory.mktemp("installed")
    subprocess.run(["make", "-s", "-C", ROOT, "install", f"DESTDIR={root}",
                    "PREFIX=/usr", f"BUILD={os.path.relpath(BIN.parent, ROOT)}"],
                   check=True, timeout=600, stdout=subprocess.DEVNULL)
    # What the units need of the system itself.
    (root / "bin").mkdir()
    shutil.copy2("/bin/kill", root / "bin")
    for target in SYSTEM.glob("*.target"):
        shutil.copy2(target, root / UNITS)
    return root


def units(root):
    """Templates with an instance."""
    return sorted(path.name.replace("@.", "@0.")
                  for path in (root / UNITS).glob("posthouse*")
                  if path.is_file())


def verify(root, *names):
    return subprocess.run(["systemd-analyze", "verify", "--man=no",
                           f"--root={root}", *names],
                          capture_output=True, text=True, timeout=60)


def settings(root, key):
    """Values of a key in all units and their drop-ins."""
    return {value for path in (root / UNITS).rglob("*") if path.is_file()
            and "posthouse" in str(path.relative_to(root))
            for value in re.findall(rf"^{key}=(.*)$", path.read_text(), re.M)}


def setting_of(root, unit, key):
    """What holds for a unit: its drop-ins come behind it, those of its own name
    instead of those with the same file name of its prefix (systemd.unit(5))."""
    drop_ins = {path.name: path for folder in ("posthouse-.service.d",
                                               f"{unit}.d")
                for path in (root / UNITS / folder).glob("*.conf")}
    texts = [(root / UNITS / unit).read_text(),
             *(drop_ins[name].read_text() for name in sorted(drop_ins))]
    return re.findall(rf"^{key}=(.*)$", "\n".join(texts), re.M)[-1:]


def test_systemd_has_nothing_to_say_against_the_units(installed):
    names = units(installed)
    assert len(names) >= 12

    verdict = verify(installed, *names)

    assert (verdict.returncode, verdict.stderr) == (0, "")


def test_systemd_says_what_is_wrong_with_a_unit(installed, tmp_path):
    """So that its silence means something."""
    root = tmp_path / "wrong"
    shutil.copytree(installed, root)
    unit = root / UNITS / "posthouse-routerd.service"
    unit.write_text(unit.read_text().replace("/routerd", "/rooterd")
                    + "\n[Service]\nNoNewPrivilege=yes\n")

    verdict = verify(root, unit.name)

    assert "rooterd is not executable" in verdict.stderr
    assert "NoNewPrivilege" in verdict.stderr


@pytest.mark.parametrize("unit, kind, restart", [
    ("posthouse-daily.service", ["oneshot"], []),
    ("posthouse-maild.service", ["notify"], ["always"]),
    ("posthouse-c2sd@.service", ["notify"], ["always"])])
def test_daemons_are_started_again_and_chores_are_not(installed, unit, kind,
                                                      restart):
    assert setting_of(installed, unit, "Type") == kind
    assert setting_of(installed, unit, "Restart") == restart


def test_users_of_the_units_are_made(installed):
    made = subprocess.run(["systemd-sysusers", f"--root={installed}"],
                          capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    known = {line.split(":")[0] for line in
             (installed / "etc/passwd").read_text().splitlines()}
    groups = {line.split(":")[0] for line in
              (installed / "etc/group").read_text().splitlines()}

    assert settings(installed, "User") <= known
    assert {group for value in settings(installed, "SupplementaryGroups")
            for group in value.split()} <= groups


def test_every_file_that_a_unit_names_is_there(installed):
    for command in settings(installed, "ExecStart"):
        program = command.split()[0].lstrip("-+!@:")
        assert os.access(f"{installed}{program}", os.X_OK), command
        for word in re.findall(r"(?<= )/etc/\S+", command):
            assert (installed / word.lstrip("/")).exists(), command


def test_no_placeholder_is_left(installed):
    for path in installed.rglob("*"):
        if path.is_file() and path.suffix in (".service", ".conf", ".timer"):
            assert "@BINDIR@" not in path.read_text(), path
            assert "@SYSCONFDIR@" not in path.read_text(), path
