"""The audit journal: what goes into it, that it is complete, who may touch it."""
import base64
import csv
import hashlib
import io
import json
import os
import re
import subprocess
import threading
import time

import pytest

from suite import BIN, Suite
from test_stream_management import REQUEST, enable
from test_supervise import psql
from xmpp import SM


@pytest.fixture(scope="module")
def audited():
    with Suite(settings={"sm.audit": "content"}, sm=2) as running:
        yield running


@pytest.fixture
def people(audited, crowd_of):
    return crowd_of(audited)


def query(suite, *words):
    result = suite.ctl("audit", "query", "--reason", "a test", *words)
    return [json.loads(line) for line in result.stdout.splitlines()]


def verify(suite):
    """Exit status and what was found."""
    result = suite.ctl("audit", "verify", check=False)
    return result.returncode, result.stdout


def settled(client):
    """What it said so far is committed."""
    client.get("<query xmlns='jabber:iq:roster'/>")


def talk(people, *texts):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    for text in texts:
        romeo.send(juliet.jid, text)
        juliet.receives(text)
        time.sleep(0.005)  # each in a millisecond of its own
    return romeo, juliet


def lines_of(suite, client, count):
    """The lines of a person, when so many are there."""
    lines = []
    for _ in range(200):
        lines = query(suite, "--person", client.bare)
        if len(lines) >= count:
            break
    return lines


def test_a_message_is_found_by_person_word_and_time(audited, people):
    romeo, juliet = talk(people, "the budget of 2027", "明天开会", "a & b")
    lines = lines_of(audited, romeo, 3)

    assert [(l["type"], l["verdict"], l["from"], l["to"]) for l in lines] == [
        ("message/chat", "allowed", romeo.jid, juliet.jid)] * 3
    assert "the budget of 2027" in lines[0]["content"]
    person = ["--person", romeo.bare]
    assert query(audited, *person, "--word", "BUDGET") == lines[:1]
    assert query(audited, *person, "--word", "明天") == lines[1:2]
    assert query(audited, *person, "--word", "a & b") == lines[2:]
    assert query(audited, *person, "--word", "a%b") == []
    assert query(audited, *person, "--until", lines[1]["time"]) == lines[:1]
    assert query(audited, *person, "--from", lines[1]["time"]) == lines[1:]
    assert query(audited, *person, "--limit", 1) == lines[:1]


def test_csv_has_a_head_and_no_formulas(audited, people):
    romeo, _ = talk(people, "=1+1")
    lines_of(audited, romeo, 1)
    text = audited.ctl("audit", "query", "--reason", "r", "--person", romeo.bare,
                       "--csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))

    assert rows[0]["from"] == romeo.jid and "=1+1" in rows[0]["content"]
    assert not any(value.startswith("=") for value in rows[0].values())


def test_a_refused_message_is_there_with_its_reason(audited, people):
    romeo = people.online("romeo")
    romeo.send("nobody-at-all@localhost", "hello?")
    romeo.receives_error("service-unavailable")

    # Of two writers, perhaps in one millisecond.
    verdicts = sorted(l["verdict"] for l in lines_of(audited, romeo, 2))
    assert verdicts == ["allowed", "refused:service-unavailable"]


def test_without_a_reason_nothing_is_told(audited):
    result = audited.ctl("audit", "query", check=False)

    assert result.returncode == 1 and "--reason" in result.stderr
    assert result.stdout == ""


def test_reading_is_in_the_journal_itself(audited, people):
    romeo = people.online("romeo")
    audited.ctl("audit", "query", "--reason", "case 4711", "--person", romeo.bare)

    last = [l for l in query(audited, "--word", "case 4711")
            if l["type"] == "audit/query"]
    assert last and f'person="{romeo.bare}"' in last[0]["content"]
    assert last[0]["from"]


def test_a_departments_policy_and_its_lines(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.online("romeo"), people.online("juliet")
    nurse, peter = people.online("nurse"), people.online("peter")
    suite.ctl("department", "add", "house")
    suite.ctl("department", "add", "sales", "--parent", "house")
    suite.ctl("department", "member", "add", "sales", romeo.bare)
    suite.ctl("property", "set", "department", "house", "audit", "metadata")
    refused = suite.ctl("property", "set", "department", "house", "audit", "all",
                        check=False)
    assert refused.returncode == 1
    lines = []
    for number in range(100):  # the directory's change arrives some time
        juliet.send(romeo.jid, f"message {number}")
        romeo.receives(f"message {number}")
        lines = query(suite, "--department", "house")
        if lines:
            break
    nurse.send(peter.jid, "between us")
    peter.receives("between us")
    settled(nurse)

    assert lines[0]["from"] == juliet.jid and lines[0]["content"] is None
    assert query(suite, "--person", nurse.bare) == []
    assert verify(suite)[0] == 0


# --- the chain --------------------------------------------------------------------


@pytest.fixture
def journal(own_suite, crowd_of):
    """A suite with a journal of some messages that may be spoiled."""
    suite = own_suite(settings={"sm.audit": "content"})
    romeo, _ = talk(crowd_of(suite), "one", "two", "three")
    lines_of(suite, romeo, 3)
    return suite


def test_the_journal_is_as_it_was_written(journal):
    status, told = verify(journal)

    assert status == 0 and ", 0 faults" in told
    assert int(re.match(r"(\d+) lines in (\d+) links", told)[1]) >= 3


SPOILED = {
    "content": ("UPDATE audit SET content = replace(content, 'two', 'ten')",
                "the content was changed"),
    "recipient": ("UPDATE audit SET recipient = 'x@y' WHERE content LIKE "
                  "'%two%'", "the line was changed"),
    "removed": ("DELETE FROM audit WHERE content LIKE '%two%'",
                "lines are missing"),
    "order": ("UPDATE audit SET id = id + (1 << 30) WHERE content LIKE '%two%'",
              "lines are missing"),
    "added": ("ALTER TABLE audit DISABLE TRIGGER ALL; INSERT INTO audit SELECT "
              "id + 1, writer, pg_current_xact_id(), kind, verdict, sender, "
              "recipient, stanza_id, content, salt, content_hash, line_hash "
              "FROM audit WHERE content LIKE '%two%'",
              "added past the chain"),
    "link": ("DELETE FROM audit_link WHERE writer = 0 AND number = 1",
             "links are missing"),
    "link changed": ("UPDATE audit_link SET lines = lines + 1 WHERE writer = 0",
                     "the link is not the one"),
}


@pytest.mark.parametrize("how", SPOILED)
def test_what_was_spoiled_shows(journal, how):
    statement, fault = SPOILED[how]
    journal.sql(*statement.split("; "))

    status, told = verify(journal)
    assert status == 1 and fault in told, told


def test_content_that_was_deleted_leaves_the_chain_whole(journal):
    journal.sql("UPDATE audit SET content = NULL, salt = NULL WHERE writer >= 0")

    assert verify(journal)[0] == 0
    assert [l["type"] for l in query(journal, "--word", "two")] == ["audit/query"]


# --- who may touch it ----------------------------------------------------------------


@pytest.mark.parametrize("statement", [
    "SELECT * FROM audit", "UPDATE audit SET content = ''", "DELETE FROM audit",
    "TRUNCATE audit", "SELECT * FROM audit_link", "DELETE FROM audit_link",
    "INSERT INTO audit_link VALUES (0, now(), 1, '1', 1, 1, 1, '', '')",
    "SELECT audit_trim(1)",
    "INSERT INTO audit (id, writer, transaction, kind, verdict, sender, recipient, "
    "stanza_id, line_hash) VALUES (1, 0, '1', '', '', '', '', '', '')",
    "INSERT INTO audit (id, writer, kind, verdict, sender, recipient, stanza_id, "
    "line_hash) VALUES (1, -1, '', '', '', '', '', '')",
])
def test_the_writer_may_add_lines_of_its_own_and_nothing_else(audited, statement):
    result = psql(audited, "posthouse-sm", "posthouse_sm", statement)

    assert result.returncode != 0
    assert "permission denied" in result.stderr or "another writer" in result.stderr


@pytest.mark.parametrize("statement", [
    "UPDATE audit SET content = ''", "DELETE FROM audit",
    "DELETE FROM audit_link", "UPDATE audit_link SET hash = ''",
    "INSERT INTO audit (id, writer, kind, verdict, sender, recipient, stanza_id, "
    "line_hash) VALUES (1, 0, '', '', '', '', '', '')",
])
def test_administrators_cannot_change_it_either(audited, statement):
    result = psql(audited, "posthouse-ctl", "posthouse_ctl", statement)

    assert result.returncode != 0
    assert "permission denied" in result.stderr or "another writer" in result.stderr


def test_after_a_death_the_chain_goes_on(own_suite, crowd_of):
    suite = own_suite(settings={"sm.audit": "content"})
    people = crowd_of(suite)
    romeo, juliet = talk(people, "before")
    suite.kill_one("sm")
    romeo.send(juliet.jid, "behind")
    juliet.receives("behind")

    contents = " ".join(l["content"] for l in lines_of(suite, romeo, 2))
    assert "before" in contents and "behind" in contents
    assert verify(suite)[0] == 0


def test_what_a_dead_sm_had_committed_is_not_written_again(own_suite, crowd_of):
    """It dies while the database is at its commit, and hears of none."""
    suite = own_suite(settings={"sm.audit": "content"})
    people = crowd_of(suite)
    romeo, juliet = talk(people, "before")
    enable(romeo)
    holder = threading.Thread(target=suite.sql, args=(
        "BEGIN; LOCK TABLE audit IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); "
        "COMMIT",))
    holder.start()
    while suite.sql("SELECT count(*) FROM pg_locks WHERE mode = "
                    "'AccessExclusiveLock' AND granted AND relation = "
                    "'audit'::regclass").strip() == "0":
        time.sleep(0.05)
    for i in range(3):
        romeo.send(juliet.jid, f"once {i}")
        juliet.receives(f"once {i}")
    romeo.send("nobody-at-all@localhost", "once 3")
    time.sleep(0.5)
    suite.kill_one("sm")
    holder.join()

    romeo.send_raw(REQUEST)
    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "4")
    assert suite.sql(
        "SELECT content_of, count(*) FROM audit, substring(content FROM 'once "
        "[0-9]') content_of WHERE verdict = 'allowed' AND content_of IS NOT NULL "
        "GROUP BY content_of ORDER BY content_of").split() == [
            "once", "0|1", "once", "1|1", "once", "2|1", "once", "3|1"]
    assert suite.sql(
        "SELECT count(*), count(DISTINCT origin) FROM message "
        "WHERE stanza LIKE '%once%'").strip() == "4|4"
    assert verify(suite)[0] == 0


def test_persons_of_past_months_are_found_by_index(own_suite, crowd_of):
    suite = own_suite(settings={"sm.audit": "content"})
    romeo, _ = talk(crowd_of(suite), "one")
    lines_of(suite, romeo, 1)
    suite.sql("SET ROLE posthouse_owner; CREATE TABLE audit_2026_01 PARTITION OF "
              "audit FOR VALUES FROM "
              "(archive_id('2026-01-01 UTC')) TO (archive_id('2026-02-01 UTC'))")

    suite.ctl("daily")
    suite.ctl("daily")

    indexes = suite.sql("SELECT tablename, indexname FROM pg_indexes WHERE "
                        "indexdef LIKE '%split_part%' ORDER BY indexname")
    assert indexes.split() == ["audit_2026_01|audit_2026_01_recipient",
                               "audit_2026_01|audit_2026_01_sender"]
    plan = suite.sql(
        "SET enable_seqscan = off; EXPLAIN SELECT FROM audit_2026_01 WHERE "
        "'romeo@localhost' IN (split_part(sender, '/', 1), "
        "split_part(recipient, '/', 1))")
    assert "audit_2026_01_sender" in plan and "audit_2026_01_recipient" in plan


# --- heads, retention, holds -----------------------------------------------------


def seal_of(suite):
    return suite.state / "audit" / "heads"


def test_a_chain_that_was_cut_off_shows_by_its_signed_head(journal):
    journal.ctl("audit", "seal")
    assert verify(journal)[0] == 0
    journal.sql("DELETE FROM audit_link l WHERE writer = 0 AND number = "
                "(SELECT max(number) FROM audit_link WHERE writer = 0)",
                "DELETE FROM audit a WHERE NOT EXISTS (SELECT FROM audit_link l "
                "WHERE l.writer = a.writer AND l.transaction = a.transaction)")

    status, told = verify(journal)
    assert status == 1 and "the link is gone" in told


def test_a_head_that_was_changed_shows_by_its_signature(journal):
    journal.ctl("audit", "seal")
    lines = seal_of(journal).read_text().splitlines()
    fields = lines[-1].split(" ")
    fields[3] = str(int(fields[3]) - 1)
    seal_of(journal).write_text("\n".join([*lines[:-1], " ".join(fields)]) + "\n")

    status, told = verify(journal)
    assert status == 1 and "the signature is wrong" in told


def test_once_a_day_the_supervisor_has_retention_done_and_heads_written(journal):
    stamp = journal.state / "daily"

    def waits_for_chores(before):
        for _ in range(400):
            text = (seal_of(journal).read_text() if seal_of(journal).exists()
                    else "")
            if "daily-done" in journal_log() and text != before:
                return text
            time.sleep(0.05)
        raise AssertionError((journal.state / "log" / "daily.log").read_text())

    def journal_log():
        return (journal.state / "log" / "posthouse.log").read_text()

    for _ in range(400):  # those of the start
        if "daily-done" in journal_log():
            break
        time.sleep(0.05)
    before = seal_of(journal).read_text()
    long_ago = time.time() - 90000
    os.utime(stamp, (long_ago, long_ago))

    assert waits_for_chores(before).startswith(before)
    assert stamp.stat().st_mtime > long_ago
    assert verify(journal)[0] == 0


def age(suite, days=40):
    """As if the journal had been written so many days ago: retention compares
    ids, which tell the time."""
    suite.sql("ALTER TABLE audit DISABLE TRIGGER ALL",
              f"UPDATE audit SET id = id - ({days}::bigint * 86400000 << 20) "
              "WHERE writer >= 0")


def contents(suite):
    return suite.sql("SELECT count(content), count(*) FROM audit "
                     "WHERE writer >= 0").strip().split("|")


def test_retention_deletes_content_and_holds_keep_it(own_suite, crowd_of):
    suite = own_suite(settings={"sm.audit": "content", "sm.audit-days": 30})
    people = crowd_of(suite)
    romeo, juliet = talk(people, "one", "two")
    nurse, peter = people.online("nurse"), people.online("peter")
    nurse.send(peter.jid, "three")
    peter.receives("three")
    lines_of(suite, nurse, 1)
    age(suite)
    number = suite.ctl("audit", "hold", "add", "--person", romeo.bare, "--reason",
                       "case 12").stdout.strip()

    suite.ctl("audit", "trim")
    assert contents(suite) == ["2", "3"]
    assert "case 12" in suite.ctl("audit", "hold", "list").stdout
    suite.ctl("audit", "hold", "release", number, "--reason", "closed")
    suite.ctl("audit", "trim")
    assert contents(suite) == ["0", "3"]
    assert suite.ctl("audit", "hold", "release", number, "--reason", "again",
                     check=False).returncode == 1


def test_a_hold_keeps_an_archive_too(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = talk(people, "kept")
    settled(romeo)
    suite.sql("UPDATE message SET id = id - (40::bigint * 86400000 << 20)")
    suite.ctl("audit", "hold", "add", "--person", romeo.bare, "--reason", "r")
    suite.ctl("archive", "trim", "--days", 30)
    kept = suite.sql("SELECT sender > 0, recipient FROM message").strip()
    assert kept == "t|0"

    suite.ctl("audit", "hold", "release", 1, "--reason", "r")
    suite.ctl("archive", "trim", "--days", 30)
    assert suite.sql("SELECT count(*) FROM message").strip() == "0"


# --- exports, two administrators ---------------------------------------------------


def sha256(text):
    return hashlib.sha256(text if isinstance(text, bytes)
                          else text.encode()).hexdigest()


def test_an_export_proves_itself(journal, tmp_path):
    folder = tmp_path / "export"
    journal.ctl("audit", "seal")
    journal.ctl("audit", "export", folder, "--reason", "court", "--word", "two")

    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder,
                   check=True, capture_output=True)
    signature = tmp_path / "signature"
    signature.write_bytes(base64.b64decode(
        (folder / "SHA256SUMS.sig").read_text()))
    subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey",
                    journal.state / "audit" / "seal.pub", "-rawin", "-in",
                    folder / "SHA256SUMS", "-sigfile", signature], check=True,
                   capture_output=True)
    lines = [json.loads(l) for l in (folder / "lines.jsonl").open()]
    line = next(l for l in lines if l["type"] == "message/chat")
    assert sha256(line["salt"] + line["content"]) == line["content-hash"]
    links = [json.loads(l) for l in (folder / "chain.jsonl").open()]
    link = next(l for l in links if line["line-hash"] in l["line-hashes"])
    assert sha256(bytes.fromhex(link["line-hashes"].replace(" ", ""))) == \
        link["lines-hash"]
    assert (folder / "heads").read_text()
    again = journal.ctl("audit", "export", folder, "--reason", "r", check=False)
    assert again.returncode == 1


def as_(suite, name, *words):
    """A command for which root calls sudo as somebody."""
    return subprocess.run([BIN / "posthousectl", "--state", suite.state, *words],
                          env={**os.environ, "SUDO_USER": name},
                          capture_output=True, text=True, timeout=60)


def test_another_administrator_has_to_agree(own_suite, crowd_of):
    suite = own_suite(settings={"sm.audit": "content",
                                "sm.audit-two-administrators": "true"})
    romeo, juliet = talk(crowd_of(suite), "one", "two")
    settled(romeo)
    words = ["--reason", "case 7", "--word", "two"]
    assert as_(suite, "ann", "audit", "query", *words).returncode == 1

    number = as_(suite, "ann", "audit", "request", *words).stdout.strip()
    read = ["audit", "query", "--request", number]
    assert as_(suite, "ann", *read).returncode == 1
    assert as_(suite, "ann", "audit", "approve", number).returncode == 1
    assert as_(suite, "bob", "audit", "approve", number).returncode == 0
    assert as_(suite, "bob", *read).returncode == 1
    lines = [json.loads(line) for line in as_(suite, "ann", *read).stdout.splitlines()]

    contents = [l["content"] for l in lines if l["type"] == "message/chat"]
    assert len(contents) == 1 and "two" in contents[0]
    assert "bob" in as_(suite, "ann", "audit", "requests").stdout
