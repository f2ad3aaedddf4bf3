"""A forgotten password: a letter with a code, and a new password with it."""
import itertools
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from suite import BIN, PASSWORD
from test_isolation import run_as
from test_supervise import psql
from xmpp import Refused, error_of

AS_ROOT = os.geteuid() == 0
RECOVER = "<query xmlns='urn:posthouse:recover:0'>{}</query>"

# Stands in the place of sendmail: what it was started with, and the letter.
MAILER = """#!/bin/sh
for last; do :; done
case $last in
slow*) exec sleep 60 ;;
broken*) exit 75 ;;
esac
name="$0.d/$(date +%s%N)"
{
    echo "words: $*"
    echo "folder: $(pwd)"
    echo "files: $(ls /proc/self/fd | wc -l)"
    env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= | sort
    cat
} >"$name.part"
mv "$name.part" "$name"
"""


class Post:
    """A mail system of the test's own."""

    def __init__(self, folder):
        folder.chmod(0o755)
        self.command = folder / "mailer"
        self.command.write_text(MAILER)
        self.command.chmod(0o755)
        self.letters = folder / "mailer.d"
        self.letters.mkdir()
        self.letters.chmod(0o777)

    def serve(self, own_suite, *users, **settings):
        """A suite whose letters come here."""
        command = f'{{"{self.command}", "-i", "--", "{{to}}"}}'
        self.suite = own_suite(users=users,
                               settings={"maild.command": command, **settings})
        return self.suite

    def letter(self, number=1):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = sorted(p for p in self.letters.iterdir()
                           if p.suffix != ".part")
            if len(found) >= number:
                return found[number - 1].read_text()
            time.sleep(0.05)
        raise AssertionError(f"no letter came\n{self.suite.logs()}")

    def count(self):
        return len(list(self.letters.iterdir()))


def code_of(letter):
    return re.search(r"^    (\S{4}-\S{4})$", letter, re.M).group(1)


@pytest.fixture(scope="module")
def post_folder():
    # Not in pytest's own folder: daemons under their own users have to get in, and
    # whoever starts pytest next takes its rights back.
    with tempfile.TemporaryDirectory(prefix="posthouse-post-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def post(post_folder):
    for number in itertools.count():
        folder = post_folder / str(number)
        if not folder.exists():
            folder.mkdir()
            return Post(folder)


def ask(client, user):
    return client.iq("set", RECOVER.format(f"<username>{user}</username>"))


def choose(client, user, code, password):
    return client.iq("set", RECOVER.format(
        f"<username>{user}</username><code>{code}</code>"
        f"<password>{password}</password>"))


def can_log_in(crowd, user, password):
    try:
        crowd.login(user, password=password)
    except Refused:
        return False
    return True


def test_a_letter_brings_a_code_and_the_code_a_new_password(own_suite, crowd_of,
                                                            post):
    suite = post.serve(own_suite, "juliet")
    crowd = crowd_of(suite)
    stranger = crowd.connect().secure()

    form = stranger.get(RECOVER.format(""))
    assert form.find("{urn:posthouse:recover:0}instructions") is not None
    assert ask(stranger, "juliet").get("type") == "result"
    letter = post.letter()
    assert letter.startswith("words: -i -- juliet@localhost\nfolder: /\n"
                             "files: 4\nLANG=C.UTF-8\nPATH=")
    assert "To: juliet@localhost\n" in letter
    code = code_of(letter)

    assert error_of(choose(stranger, "juliet", "AAAA-AAAA",
                           "a new password")) == "not-authorized"
    assert error_of(choose(stranger, "juliet", code, "abc")) == "not-acceptable"
    assert can_log_in(crowd, "juliet", PASSWORD)
    assert choose(stranger, "juliet", code.lower().replace("-", ""),
                  "a new password").get("type") == "result"
    assert can_log_in(crowd, "juliet", "a new password")
    assert not can_log_in(crowd, "juliet", PASSWORD)
    assert error_of(choose(stranger, "juliet", code,
                           "yet another one")) == "not-authorized"
    logs = suite.logs(lines=1000)
    assert "password-recovered jid=juliet@localhost" in logs
    assert code not in logs and "a new password" not in logs


def test_unknown_users_are_answered_like_known_ones(own_suite, crowd_of, post):
    suite = post.serve(own_suite, "juliet")
    suite.ctl("user", "add", "poor@localhost", "--password", PASSWORD)
    crowd = crowd_of(suite)
    answers, times = [], []

    for user in ("juliet", "nobody", "poor"):
        for request in (lambda c, u: ask(c, u),
                        lambda c, u: choose(c, u, "AAAA-AAAA", "new password")):
            client = crowd.connect().secure()
            begin = time.monotonic()
            answer = request(client, user)
            times.append(time.monotonic() - begin)
            answers.append((answer.get("type"), answer.get("to"), [
                (e.tag, e.text) for e in answer.iter()][1:]))

    assert answers[0:2] == answers[2:4] == answers[4:6]
    assert all(seconds >= 1 for seconds in times)
    post.letter()
    assert post.count() == 1


def test_a_code_has_few_attempts_and_an_end(own_suite, crowd_of, post):
    suite = post.serve(own_suite, "juliet", "romeo",
                       **{"authd.recovery-attempts": 2})
    crowd = crowd_of(suite)
    stranger = crowd.connect().secure()

    ask(stranger, "juliet")
    code = code_of(post.letter())
    for _ in range(2):
        choose(stranger, "juliet", "AAAA-AAAA", "a new password")
    assert error_of(choose(stranger, "juliet", code,
                           "a new password")) == "not-authorized"

    ask(stranger, "romeo")
    code = code_of(post.letter(2))
    psql(suite, None, "posthouse_owner", "UPDATE recovery SET expires = now()")
    assert error_of(choose(stranger, "romeo", code,
                           "a new password")) == "not-authorized"
    assert can_log_in(crowd, "romeo", PASSWORD)


def test_a_newer_code_replaces_the_older(own_suite, crowd_of, post):
    suite = post.serve(own_suite, "juliet",
                       **{"authd.account-recovery-rate": 0})
    stranger = crowd_of(suite).connect().secure()

    ask(stranger, "juliet")
    old = code_of(post.letter())
    ask(stranger, "juliet")
    new = code_of(post.letter(2))

    assert error_of(choose(stranger, "juliet", old,
                           "a new password")) == "not-authorized"
    assert choose(stranger, "juliet", new,
                  "a new password").get("type") == "result"


def test_letters_are_rationed(own_suite, crowd_of, post):
    suite = post.serve(own_suite, "juliet")
    crowd = crowd_of(suite)

    def how_many(*users):
        """Until one is refused."""
        for count, user in enumerate(users):
            answer = ask(crowd.connect().secure(), user)
            if answer.get("type") == "error":
                assert error_of(answer) == "resource-constraint"
                return count
        raise AssertionError("nothing was refused")

    assert how_many(*["juliet"] * 5) in (2, 3)  # minutes pass meanwhile
    assert how_many(*[f"user{i}" for i in range(8)]) in range(2, 5)
    assert post.count() <= 3


def test_a_command_that_hangs_or_fails_holds_nobody_up(own_suite, crowd_of,
                                                       post):
    suite = post.serve(own_suite, **{"maild.timeout": 1,
                                     "maild.max-commands": 1})
    for name in ("slow", "broken", "fine"):
        suite.ctl("user", "add", f"{name}@localhost", "--password", PASSWORD,
                  "--email", f"{name}@mail.example")
    stranger = crowd_of(suite).connect().secure()

    for name in ("slow", "broken", "fine"):
        assert ask(stranger, name).get("type") == "result"

    assert "To: fine@mail.example" in post.letter()
    logs = suite.logs(lines=1000)
    assert "letter-failed jid=slow@localhost reason=timeout" in logs
    assert "letter-failed jid=broken@localhost reason=exit-status" in logs
    assert "letter-sent jid=fine@localhost" in logs


def test_a_letter_survives_the_death_of_maild(own_suite, crowd_of, post):
    suite = post.serve(own_suite, "juliet")
    stranger = crowd_of(suite).connect().secure()

    suite.kill_one("maild")
    ask(stranger, "juliet")

    assert code_of(post.letter())


def test_without_a_command_there_is_no_recovery(people):
    stranger = people.connect().secure()

    assert error_of(ask(stranger, "juliet")) == "not-allowed"
    assert not people.suite.pids("maild")


def test_an_administrator_sends_or_prints_a_code(own_suite, crowd_of, post):
    suite = post.serve(own_suite, "juliet")
    suite.ctl("user", "add", "poor@localhost", "--password", PASSWORD)
    crowd = crowd_of(suite)
    stranger = crowd.connect().secure()

    assert suite.ctl("user", "reset", "juliet@localhost").stdout == ""
    assert choose(stranger, "juliet", code_of(post.letter()),
                  "a new password").get("type") == "result"
    refused = suite.ctl("user", "reset", "poor@localhost", check=False)
    assert refused.returncode == 1 and "e-mail address" in refused.stderr
    code = suite.ctl("user", "reset", "poor@localhost", "--print").stdout.strip()
    assert choose(stranger, "poor", code, "a new password").get("type") \
        == "result"
    assert can_log_in(crowd, "poor", "a new password")
    refused = suite.ctl("user", "reset", "nobody@localhost", check=False)
    assert refused.returncode == 1
    assert suite.ctl("user", "reset", "juliet@elsewhere.example",
                     check=False).returncode == 1


def test_without_a_command_an_administrator_still_prints_codes(people):
    name = people.account()

    refused = people.suite.ctl("user", "reset", f"{name}@localhost",
                               check=False)
    assert refused.returncode == 1 and "maild.command" in refused.stderr
    assert re.fullmatch(r"\S{4}-\S{4}\n", people.suite.ctl(
        "user", "reset", f"{name}@localhost", "--print").stdout)


@pytest.mark.skipif(not AS_ROOT, reason="one user for all without root")
@pytest.mark.parametrize("user, role", [
    ("posthouse-sm", "posthouse_sm"), ("posthouse-muc", "posthouse_muc"),
    ("posthouse-ctl", "posthouse_ctl")])
def test_authd_alone_sees_codes(suite, user, role):
    result = run_as(user, "psql", "-h", suite.env["PH_PG_SOCKET"], "-U", role,
                    "-d", "posthouse", "-c", "SELECT * FROM recovery")

    assert "permission denied for table recovery" in result.stderr


@pytest.mark.skipif(not AS_ROOT, reason="one user for all without root")
def test_maild_reaches_neither_database_nor_keys(own_suite, post):
    suite = post.serve(own_suite)

    assert os.stat(f"/proc/{suite.pids('maild')[0]}").st_uid != 0
    assert run_as("posthouse-mail", "psql", "-h", suite.env["PH_PG_SOCKET"],
                  "-d", "posthouse", "-c", "select 1").returncode != 0
    for key in [*suite.state.rglob("*.key"), *suite.state.rglob("key.pem")]:
        assert run_as("posthouse-mail", "test", "-r", key).returncode != 0


@pytest.mark.parametrize("setting, words", [
    ('{"sendmail", "{to}"}', "expected the whole path")])
def test_a_command_without_its_path_is_refused(tmp_path, setting, words):
    conf = tmp_path / "posthouse.conf"
    conf.write_text(f"maild {{ command = {setting} }}\n")
    result = subprocess.run([BIN / "maild", "--config", conf, "--run-dir",
                             tmp_path, "--instance", "0"],
                            capture_output=True, text=True, timeout=20)

    assert result.returncode == 1
    assert words in result.stderr


def test_phchat_recovers_a_password(own_suite, post):
    suite = post.serve(own_suite, "juliet")

    def phchat(*words, password="", code=0):
        result = subprocess.run(
            [BIN / "phchat", "--jid", "juliet@localhost", "--server",
             f"127.0.0.1:{suite.port('C2S')}", "--ca", suite.env["PH_CA_FILE"],
             *words], capture_output=True, text=True, timeout=60,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PHCHAT_PASSWORD": password})
        assert result.returncode == code, result.stdout + result.stderr
        return result.stdout

    assert "a letter with a code is on its way" in phchat("recover").replace(
        "\n", " ")
    code = code_of(post.letter())
    assert "wrong, used or too old" in phchat(
        "recover", "AAAA-AAAA", password="a new password", code=1)
    phchat("recover", code, password="a new password")
    phchat("roster", password="a new password")
    phchat("roster", password=PASSWORD, code=3)
