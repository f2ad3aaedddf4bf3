"""posthousectl: what an administrator types, and what he is told."""
import pytest

from suite import PASSWORD
from xmpp import Refused

ANOTHER = "another horse"


def refused(suite, *words):
    result = suite.ctl(*words, check=False)
    assert result.returncode != 0
    return result.stderr


def test_a_new_password_takes_the_place_of_the_old_one(suite, people):
    name = people.account()

    suite.ctl("user", "passwd", f"{name}@localhost", "--password", ANOTHER)

    people.login(name, password=ANOTHER)
    with pytest.raises(Refused):
        people.login(name, password=PASSWORD)


def test_an_import_with_update_sets_passwords(suite, people, tmp_path):
    name = people.account()
    file = suite.state / "update.csv"
    file.write_text(f"jid,password\n{name}@localhost,{ANOTHER}\n")

    suite.ctl("user", "import", "--update", file)

    people.login(name, password=ANOTHER)


def test_options_may_stand_in_front(suite, people):
    name = people.name()

    suite.ctl("user", "add", "--password", ANOTHER, f"{name}@localhost")

    people.login(name, password=ANOTHER)


@pytest.mark.parametrize("words, reason", [
    (["user", "list", "--bogus", "x"], "no option --bogus"),
    (["user", "list", "--update"], "no option --update"),
    (["user", "add", "a@localhost", "--pasword", "x"], "no option --pasword"),
    (["user", "add", "a@localhost", "--password"], "expected a value"),
    (["user", "show"], "usage: posthousectl [--state DIR] [--json] user show")])
def test_a_wrong_command_line_is_told(suite, words, reason):
    result = suite.ctl(*words, check=False)

    assert result.returncode == 2
    assert reason in result.stderr


def test_a_short_password_is_refused(suite, people):
    reason = refused(suite, "user", "add", f"{people.name()}@localhost",
                     "--password", "short")

    assert "min-password-length" in reason


def test_an_administrator_has_an_account(suite, people):
    assert "no account" in refused(suite, "admin", "add", "nobody@localhost")
    someone = f"{people.account()}@localhost"

    suite.ctl("admin", "add", someone)
    suite.ctl("admin", "add", someone)

    assert someone in suite.ctl("admin", "list").stdout
    suite.ctl("admin", "del", someone)


def test_status_tells_of_the_router(suite):
    status = suite.ctl("status").stdout

    assert "routerd.0 pid=" in status
    assert "frames-routed=" in status


def test_refusals_are_told_in_our_words(suite, people):
    someone = f"{people.account()}@localhost"
    suite.ctl("department", "add", "Upper")
    suite.ctl("department", "add", "Lower", "--parent", "Upper")

    for words, reason in [
            (["user", "add", someone, "--password", ANOTHER], "account exists"),
            (["user", "add", "e@localhost", "--password", ""], "no password"),
            (["user", "passwd", "none@localhost", "--password", ANOTHER],
             "no account"),
            (["department", "add", "Upper"], "department exists"),
            (["department", "add", "Side", "--parent", "None"], "no such parent"),
            (["department", "add", "Far", "--domain", "far.example"],
             "not served"),
            (["department", "del", "Upper"], "lie below"),
            (["department", "member", "add", "None", someone],
             "no such department"),
            (["department", "member", "add", "Upper", "none@localhost"],
             "no such account")]:
        assert reason in refused(suite, *words)
