"""The commands of the two READMEs work as they stand there, one behind the other."""
import os
import re
import subprocess

import pytest

from suite import BIN, PASSWORD, ROOT

PEOPLE = ("jid,password,name,email,department\n"
          f"benvolio@example.org,{PASSWORD},Benvolio,b@example.org,Sales\n")


def commands_of(readme):
    """Those to a suite that runs, with the lines that they go on in."""
    text = (ROOT / readme).read_text()
    found = re.findall(r"^    (?:build/bin/)?(posthousectl (?:.*\\\n)*.*)", text,
                       re.M)
    assert len(found) > 8
    return found


def run(suite, command):
    """The password that is asked for comes from a pipe."""
    return subprocess.run(
        ["bash", "-c", command.replace("DIR", str(suite.state))],
        input=PASSWORD, text=True, cwd=suite.state,
        capture_output=True, timeout=60,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"})


@pytest.mark.parametrize("readme", ["README.md", "docs/README.zh.md"])
def test_the_commands_of_the_readme_work(own_suite, readme):
    suite = own_suite(domains=("example.org",))
    (suite.state / "people.csv").write_text(PEOPLE.replace(
        "Sales", "Sales" if readme == "README.md" else "销售部"))
    for command in commands_of(readme):
        if "broadcast status" in command:  # of what somebody has sent
            suite.ctl("announce", "Fire drill")
        result = run(suite, command)
        assert result.returncode == 0, (command, result.stderr)


def test_the_ports_of_the_readme_are_those_of_the_configuration():
    options = (ROOT / "docs" / "configuration.md").read_text()
    rows = re.findall(r"^\| (\d[\d, ]*) \| (\w+) \|",
                      (ROOT / "README.md").read_text(), re.M)
    named = {(daemon, port) for ports, daemon in rows
             for port in ports.split(", ")}
    defaults = set(re.findall(r"`(\w+)\.[a-z-]*port` \| `(\d+)`", options))
    assert named == {(d, p) for d, p in defaults if p != "0"}
