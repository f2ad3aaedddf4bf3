"""What administrators do with one person's archive: searching it with a reason, and
taking it from one server to another (XEP-0227)."""
import json
import xml.etree.ElementTree as ET

import pytest

from suite import Suite
from test_archive import DELAY, FORWARDED, ask, settled, talk
from test_audit import as_, query
from xmpp import CLIENT

PIE = "{urn:xmpp:pie:0}"
ARCHIVE = "{urn:xmpp:pie:0#mam}archive"
RESULT = "{urn:xmpp:mam:2}result"


@pytest.fixture(scope="module")
def company():
    with Suite() as suite:
        yield suite


@pytest.fixture
def people(company, crowd_of):
    return crowd_of(company)


# --- searching ----------------------------------------------------------------


def search(suite, account, *words):
    found = suite.ctl("archive", "search", account, "--reason", "case 7", *words)
    return [json.loads(line) for line in found.stdout.splitlines()]


def bodies(lines):
    return [line["body"] for line in lines]


def test_what_somebody_said_is_found(company, people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    nurse = people.online("nurse")
    for speaker, to, text in ((romeo, juliet, "the budget of 2027"),
                              (juliet, romeo, "明天开会"), (romeo, nurse, "a & b"),
                              (juliet, nurse, "not to romeo: budget")):
        speaker.send(to.jid, text)
        to.receives(text)
    settled(romeo, juliet)

    lines = search(company, romeo.bare)
    assert bodies(lines) == ["the budget of 2027", "明天开会", "a & b"]
    assert lines[0]["from"] == romeo.jid and lines[0]["to"] == juliet.jid
    assert [l["id"] for l in lines] == ask(romeo).ids
    word = ["--word"]
    assert bodies(search(company, romeo.bare, *word, "BUDGET")) == bodies(lines)[:1]
    assert bodies(search(company, romeo.bare, *word, "开会")) == bodies(lines)[1:2]
    assert bodies(search(company, romeo.bare, *word, "a & b")) == bodies(lines)[2:]
    for nothing in ("chat", "a%b", "message", romeo.bare):
        assert search(company, romeo.bare, *word, nothing) == []
    assert bodies(search(company, romeo.bare, "--with", nurse.bare)) == ["a & b"]
    assert bodies(search(company, romeo.bare, "--limit", 1)) == bodies(lines)[:1]
    assert search(company, romeo.bare, "--until", "2020-01-01") == []
    assert len(search(company, romeo.bare, "--from", "2020-01-01")) == 3


def test_a_search_has_a_reason_and_is_in_the_journal(company, people):
    romeo, _ = talk(people, 1)

    refused = company.ctl("archive", "search", romeo.bare, check=False)
    assert refused.returncode == 1 and "--reason" in refused.stderr
    assert refused.stdout == ""
    search(company, romeo.bare, "--word", "message")

    line = [l for l in query(company, "--word", romeo.bare)
            if l["type"] == "audit/archive-search"][-1]
    for part in ('reason="case 7"', f'person="{romeo.bare}"', 'word="%message%"'):
        assert part in line["content"]


@pytest.mark.parametrize("words", [
    ["nobody-at-all@localhost"], ["romeo@else.example"], ["not an address"],
    ["JID", "--limit", "many"], ["JID", "--with", "@"],
    ["JID", "--from", "once upon a time"], ["JID", "--person", "x@localhost"],
    ["JID", "--request", "4711"]])
def test_a_wrong_search_is_refused(company, people, words):
    name = people.account("romeo")
    words = [f"{name}@localhost" if w == "JID" else w for w in words]

    refused = company.ctl("archive", "search", *words, "--reason", "r",
                          check=False)
    assert refused.returncode in (1, 2) and refused.stdout == ""


def test_two_administrators_agree_about_one_person(own_suite, crowd_of):
    suite = own_suite(settings={"sm.audit-two-administrators": True})
    romeo, juliet = talk(crowd_of(suite), 1)
    assert suite.ctl("archive", "search", romeo.bare, "--reason", "r",
                     check=False).returncode == 1

    asked = as_(suite, "alice", "audit", "request", "--reason", "case 8",
                "--person", romeo.bare).stdout.strip()
    request = ["--request", asked]
    assert as_(suite, "alice", "archive", "search", romeo.bare,
               *request).returncode == 1
    assert as_(suite, "bob", "audit", "approve", asked).returncode == 0

    found = as_(suite, "alice", "archive", "search", romeo.bare, *request)
    assert json.loads(found.stdout)["body"] == "message 0"
    for other in (["alice", "archive", "search", juliet.bare],
                  ["bob", "archive", "search", romeo.bare],
                  ["alice", "archive", "export", juliet.bare,
                   suite.state / "juliet.xml"]):
        refused = as_(suite, *map(str, other), *request)
        assert refused.returncode == 1 and refused.stdout == ""


# --- from one server to another ------------------------------------------------


def contents(client):
    """What the archive has: ids, times, messages."""
    return [(m.get("id"), m.find(f"{FORWARDED}/{DELAY}").get("stamp"),
             ET.tostring(m.find(f"{FORWARDED}/{CLIENT}message")))
            for m in ask(client).messages]


def test_an_archive_moves_with_its_owner(company, people, own_suite, crowd_of,
                                         tmp_path):
    romeo, juliet = talk(people, 3)
    romeo.send(romeo.bare, "note to self")
    romeo.receives("note to self")
    juliet.send(romeo.jid, "\u00e9 <b> & 'c' \"d\"")
    romeo.receives("\u00e9 <b> & 'c' \"d\"")
    settled(romeo, juliet)
    file, again = tmp_path / "romeo.xml", tmp_path / "again.xml"
    company.ctl("archive", "export", romeo.bare, file, "--reason", "he asked")
    assert file.stat().st_mode & 0o777 == 0o600
    archive = ET.parse(file).find(f"{PIE}host/{PIE}user/{ARCHIVE}")
    assert [r.get("id") for r in archive.findall(RESULT)] == ask(romeo).ids

    other = own_suite(users=[romeo.bare.split("@")[0]])
    bring = ["--json", "archive", "import", file, "--reason", "he came"]
    assert json.loads(other.ctl(*bring).stdout) == {
        "added": 5, "known": 0, "refused": 0}
    assert json.loads(other.ctl(*bring).stdout) == {
        "added": 0, "known": 5, "refused": 0}

    moved = crowd_of(other).login(romeo.bare.split("@")[0])
    assert contents(moved) == contents(romeo)
    assert ask(moved, **{"with": romeo.bare}).bodies == ["note to self"]
    assert len(ask(moved, **{"with": juliet.bare}).ids) == 4
    other.ctl("archive", "export", romeo.bare, again, "--reason", "r")
    assert again.read_text() == file.read_text()
    assert json.loads(company.ctl(*bring).stdout) == {
        "added": 0, "known": 5, "refused": 0}


def document(user, *results, host="localhost"):
    return ("<?xml version='1.0'?><server-data xmlns='urn:xmpp:pie:0'>"
            f"<host jid='{host}'><user name='{user}'><archive "
            f"xmlns='urn:xmpp:pie:0#mam'>{''.join(results)}</archive></user>"
            "</host></server-data>")


def result(message, id="a-1", stamp="2024-03-01T10:00:00Z"):
    return (f"<result xmlns='urn:xmpp:mam:2' id='{id}'>"
            "<forwarded xmlns='urn:xmpp:forward:0'>"
            f"<delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>{message}"
            "</forwarded></result>")


def message(sender, to, body="hello", kind="chat", inside=""):
    return (f"<message xmlns='jabber:client' from='{sender}' to='{to}' "
            f"type='{kind}'><body>{body}</body>{inside}</message>")


def bring(suite, tmp_path, text, *words):
    file = tmp_path / "archive.xml"
    file.write_text(text)
    return suite.ctl("archive", "import", file, "--reason", "r", *words,
                     check=False)


def test_another_servers_archive_keeps_its_order_and_times(company, people,
                                                            tmp_path):
    account = people.account("romeo")
    bare, other = f"{account}@localhost", "juliet@else.example/x"
    stamp = (f"<stanza-id xmlns='urn:xmpp:sid:0' by='{bare}' id='old'/>")
    texts = [result(message(other, f"{bare}/r", f"no. {i}", inside=stamp)
                    if i % 2 else message(bare, other, f"no. {i}"), id=f"u-{i}")
             for i in range(40)]

    told = bring(company, tmp_path, document(account, *texts))
    assert told.returncode == 0 and told.stdout.startswith("40 added, 0 known")

    page = ask(people.login(account))
    assert page.bodies == [f"no. {i}" for i in range(40)]
    assert {m.find(f"{FORWARDED}/{DELAY}").get("stamp")[:19]
            for m in page.messages} == {"2024-03-01T10:00:00"}
    assert not [s for m in page.messages
                for s in m.iter("{urn:xmpp:sid:0}stanza-id")]


WRONG = {
    "of others": message("a@localhost/x", "b@localhost"),
    "to a room": message("ME/x", "hall@else.example", kind="groupchat"),
    "no address": message("ME/x", "@@"),
    "too large": message("ME/x", "b@localhost", "x" * 300000),
    "nothing": "",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_of_the_archive_is_refused_alone(company, people,
                                                         tmp_path, what):
    account = people.account("romeo")
    bare = f"{account}@localhost"

    told = bring(company, tmp_path, document(
        account, result(WRONG[what].replace("ME", bare)),
        result(message(f"{bare}/x", "b@localhost", "right"), id="a-2")))

    assert told.returncode == 1 and told.stdout.startswith("1 added")
    assert ask(people.login(account)).bodies == ["right"]


@pytest.mark.parametrize("stamp", ["2199-01-01T00:00:00Z", "yesterday", "",
                                   "1960-01-01T00:00:00Z"])
def test_what_has_no_time_or_one_to_come_is_refused(company, people, tmp_path,
                                                    stamp):
    account = people.account("romeo")

    told = bring(company, tmp_path, document(account, result(
        message(f"{account}@localhost/x", "b@localhost"), stamp=stamp)))

    assert told.returncode == 1 and "0 added, 0 known already, 1 refused" \
        in told.stdout


@pytest.mark.parametrize("text", [
    "", "<server-data/>", document("nobody-at-all"),
    document("romeo", host="else.example"),
    "<!DOCTYPE x [<!ENTITY a 'b'>]><server-data xmlns='urn:xmpp:pie:0'/>"])
def test_what_is_nobodys_archive_is_refused(company, tmp_path, text):
    assert bring(company, tmp_path, text).returncode == 1


def test_one_of_several_is_taken(company, people, tmp_path):
    romeo, juliet = people.account("romeo"), people.account("juliet")
    users = "".join(document(name, result(message(
        f"{name}@localhost/x", "b@localhost", name))).split("'localhost'>")[1]
        .split("</host>")[0] for name in (romeo, juliet))
    text = document("x").split("<user")[0] + users + "</host></server-data>"

    bring(company, tmp_path, text, "--account", f"{juliet}@localhost")

    assert ask(people.login(romeo)).bodies == []
    assert ask(people.login(juliet)).bodies == [juliet]


def test_no_file_is_written_over(company, people, tmp_path):
    file = tmp_path / "there.xml"
    file.write_text("precious")

    told = company.ctl("archive", "export", f"{people.account()}@localhost", file,
                       "--reason", "r", check=False)
    assert told.returncode == 1 and file.read_text() == "precious"
