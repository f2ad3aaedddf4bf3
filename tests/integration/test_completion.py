"""Completion of the two commands in bash."""
import os
import subprocess

import pytest

from suite import BIN, ROOT


def completed(command, *words):
    """What bash offers for the last word."""
    line = " ".join(f"'{w}'" for w in (command, *words))
    script = (f"source {ROOT}/etc/completion/{command}; COMP_WORDS=({line}); "
              f"COMP_CWORD={len(words)}; _{command}; "
              "printf '%s\\n' \"${COMPREPLY[@]}\"")
    result = subprocess.run(["bash", "-c", script], capture_output=True,
                            text=True, check=True, timeout=30,
                            env={**os.environ,
                                 "PATH": f"{BIN}:{os.environ['PATH']}"})
    return result.stdout.split()


@pytest.mark.parametrize("words, some", [
    (("",), {"user", "department", "--json", "broadcast"}),
    (("us",), {"user"}),
    (("user", ""), {"add", "del", "import", "passwd"}),
    (("--state", "/tmp", "--json", "department", "member", ""),
     {"add", "del", "move"}),
    (("user", "add", "a@b", "--"), {"--password", "--name", "--email"})])
def test_commands_and_their_options_are_offered(words, some):
    assert some <= set(completed("posthousectl", *words))


def test_what_does_not_fit_is_not_offered():
    assert "broadcast" not in completed("posthousectl", "user", "")
    assert completed("posthousectl", "user", "fly") == []


def test_posthouse_has_verbs_and_options():
    assert completed("posthouse", "st") == ["status"]
    assert "--base-port" in completed("posthouse", "up", "--")
