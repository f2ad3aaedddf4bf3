"""Every command of posthousectl with --json: one value on standard output, and
nothing there when it is refused. A new command needs a line here."""
import json
import subprocess

import pytest

from suite import BIN, PASSWORD, ROOT, Suite

CSV = "jid,password\nfile@localhost,correct horse\n"

# In this order: each has what those before it have made. {name} is filled in from
# what an earlier one told.
WALK = [
    ("user add", "ann@localhost --password {password} --name Ann"),
    ("user add", "bob@localhost --password {password}"),
    ("user disable", "bob@localhost"),
    ("user enable", "bob@localhost"),
    ("user passwd", "ann@localhost --password {password}"),
    ("user reset", "ann@localhost --print"),
    ("user list", ""),
    ("user show", "ann@localhost"),
    ("user check", ""),
    ("user quiet", "ann@localhost none --except bob@localhost"),
    ("user import", "{state}/people.csv"),
    ("user export", "{state}/out.csv"),
    ("invite add", "guest@localhost"),
    ("invite list", ""),
    ("invite del", "{uri}"),
    ("admin add", "ann@localhost"),
    ("admin list", ""),
    ("api add", "erp --as ann@localhost --command list-users --expires 7"),
    ("api list", ""),
    ("api del", "erp"),
    ("user change", "ann@localhost --name Anna --email ann@example.org"),
    ("admin del", "ann@localhost"),
    ("department add", "Sales"),
    ("department add", "East --parent Sales --rank 1 --description there"),
    ("department list", ""),
    ("department change", "East --rank 2"),
    ("department change", "East --rank 3 --dry-run"),
    ("department member add", "East ann@localhost --admin"),
    ("department show", "Sales/East"),
    ("department member move", "East ann@localhost Sales"),
    ("department member del", "Sales ann@localhost"),
    ("property set", "department Sales send-file no"),
    ("property set", "server search no --dry-run"),
    ("property list", "department Sales"),
    ("property unset", "department Sales send-file"),
    ("why", "ann send-file bob"),
    ("announce", "hello --department Sales"),
    ("broadcast list", ""),
    ("broadcast status", "{id}"),
    ("broadcast remind", "{id}"),
    ("notice set", "motd hello"),
    ("notice edit", "motd there"),
    ("notice list", ""),
    ("notice del", "motd"),
    ("transfer add", "refuse --department East --larger-than 5"),
    ("transfer list", ""),
    ("transfer del", "{id}"),
    ("archive keep", "30 --department Sales"),
    ("archive trim", ""),
    ("archive search", "ann@localhost --reason test --word hello"),
    ("archive export", "ann@localhost {state}/archive.xml --reason test"),
    ("archive import", "{state}/archive.xml --reason test"),
    ("audit query", "--reason test"),
    ("audit export", "{state}/export --reason test"),
    ("audit request", "--reason test"),
    ("audit requests", ""),
    ("audit seal", ""),
    ("audit verify", ""),
    ("audit trim", ""),
    ("audit hold add", "--reason test --person ann@localhost"),
    ("audit hold list", ""),
    ("audit hold release", "{number} --reason over"),
    ("daily", ""),
    ("status", ""),
    ("metrics", ""),
    ("restart", "compd"),
    ("department del", "East"),
    ("user del", "bob@localhost"),
    ("db migrate", ""),
    ("db restrict", "posthouse_ctl localhost"),
    ("db restrict", "posthouse_ctl --all"),
    ("db access", ""),
    ("db access", "--tables"),
]
# What another administrator, another server or a stanza is needed for: refused.
REFUSED = [("audit approve", "1"), ("ldap import", ""), ("trace", "unheard-of"),
           ("user add", "ann@localhost --password {password}"),
           ("user show", "nobody@localhost"),
           ("api add", "x --as bob@localhost"), ("api del", "nothing"),
           ("user change", "nobody@localhost --name x"), ("admin add", "nobody@localhost"),
           ("department del", "Nowhere"), ("department show", "Nowhere"),
           ("property set", "server search perhaps"),
           ("announce", "hello --department Nowhere"),
           ("transfer add", "refuse --department Nowhere"),
           ("broadcast status", "x"), ("invite del", "x"),
           ("archive keep", "30 --department Nowhere")]


def run(suite, words, json_too=True):
    return subprocess.run([BIN / "posthousectl", "--state", suite.state,
                           *(["--json"] if json_too else []), *words],
                          capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def company():
    with Suite() as suite:
        (suite.state / "people.csv").write_text(CSV)
        yield suite


def all_commands(suite):
    return {c["command"]
            for c in json.loads(run(suite, ["--help"]).stdout)}


def test_each_command_is_walked(company):
    assert all_commands(company) == {name for name, _ in WALK + REFUSED}


def test_each_tells_one_value(company):
    told = {"state": company.state, "password": PASSWORD.replace(" ", "_")}
    for name, words in WALK:
        filled = [w.format(**told) for w in words.split()]
        result = run(company, [*name.split(), *filled])

        assert result.returncode == 0, (name, result.stderr)
        value = json.loads(result.stdout)
        assert isinstance(value, (list, dict)), name
        rows = value if isinstance(value, list) else [value]
        assert all(isinstance(row, dict) for row in rows), name
        if rows:
            told.update(rows[0])


def test_what_is_refused_tells_nothing_there(company):
    run(company, ["user", "add", "ann@localhost", "--password", "long enough"])
    for name, words in REFUSED:
        filled = [w.format(password="long_enough") for w in words.split()]
        result = run(company, [*name.split(), *filled])

        assert result.returncode == 1, (name, result.returncode)
        assert result.stdout.strip() in ("", "[]"), name
        assert result.stderr.startswith("posthousectl: "), name


def test_what_is_not_understood_is_told_with_two(company):
    for name in all_commands(company):
        result = run(company, [*name.split(), "--no-such-option"])
        assert (result.returncode, result.stdout) == (2, ""), name


def test_each_has_its_place_in_the_manual(company):
    page = (ROOT / "docs" / "man" / "posthousectl.8").read_text()
    lines = [line.replace("\\ ", " ").replace("\\-", "-").replace("\\fR", "")
             for line in page.splitlines() if line.startswith((".B", ".RB"))]
    for name in all_commands(company):
        assert any(f" {name} " in f" {' '.join(line.split()[1:])} "
                   for line in lines), name
