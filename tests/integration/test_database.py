"""PostgreSQL dies, hangs or refuses under people who talk: what needs it waits,
what does not goes on, and nothing that was acknowledged is lost."""
import contextlib
import os
import signal
import subprocess
import threading
import time

from test_archive import ask, refused
from test_stream_management import REQUEST, acknowledged, enable
from xmpp import CLIENT, SM, is_message


def database(suite):
    return suite.pids("postgres")[0]


@contextlib.contextmanager
def hanging_database(suite):
    """PostgreSQL and all of its processes stand still. The parent stops first, so
    that no process is born meanwhile; one that ends by itself is left alone."""
    parent = database(suite)
    os.kill(parent, signal.SIGSTOP)
    children = subprocess.run(["pgrep", "-P", str(parent)],
                              capture_output=True, text=True).stdout.split()
    try:
        for pid in map(int, children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in [parent, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_people_online_talk_while_the_database_hangs(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    with hanging_database(suite):
        romeo.send(juliet.jid, "who needs a table")
        juliet.receives("who needs a table")


def test_what_is_to_be_stored_is_acknowledged_when_the_database_is_back(
        own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo = people.online("romeo")
    name = people.account("juliet")
    enable(romeo)
    with hanging_database(suite):
        for i in range(5):
            romeo.send(f"{name}@localhost", f"later {i}")
        romeo.send_raw(REQUEST)
        answer = romeo.waits_for(lambda e: e.tag == SM + "a")
        assert int(answer.get("h")) == 0

    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "5")
    juliet = people.login(name)
    juliet.comes_online()
    for i in range(5):
        juliet.receives(f"later {i}")


def test_what_was_read_before_it_was_archived_does_not_wait(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    name = juliet.jid.split("@")[0]
    enable(romeo)
    enable(juliet)
    with hanging_database(suite):
        romeo.send(f"{name}@localhost", "read already")
        juliet.receives("read already")
        juliet.send_raw("<a xmlns='urn:xmpp:sm:3' h='1'/>")
        juliet.leaves()
        time.sleep(0.5)
        suite.kill_one("sm")

    acknowledged(romeo, 1)
    juliet = people.login(name)
    juliet.comes_online()
    romeo.send(juliet.jid, "new")
    assert juliet.waits_for(is_message).findtext(CLIENT + "body") == "new"


def test_a_killed_database_loses_nothing_that_was_acknowledged(own_suite,
                                                               crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo = people.online("romeo")
    name = people.account("juliet")
    enable(romeo)
    for i in range(20):
        romeo.send(f"{name}@localhost", f"before {i}")
    acknowledged(romeo, 20)

    suite.kill_one("postgres")
    for i in range(20):
        romeo.send(f"{name}@localhost", f"after {i}")

    romeo.send_raw(REQUEST)
    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "40",
                    timeout=30)
    juliet = people.login(name)
    juliet.comes_online()
    for when in ("before", "after"):
        for i in range(20):
            juliet.receives(f"{when} {i}")


def test_a_read_only_database_is_waited_for(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo = people.online("romeo")
    name = people.account("juliet")
    enable(romeo)
    suite.sql("ALTER SYSTEM SET default_transaction_read_only = on",
              "SELECT pg_reload_conf()")
    time.sleep(0.5)
    romeo.send(f"{name}@localhost", "write this down")
    time.sleep(1.5)
    suite.sql("SET default_transaction_read_only = off",
        "ALTER SYSTEM RESET default_transaction_read_only",
        "SELECT pg_reload_conf()")

    acknowledged(romeo, 1)
    juliet = people.login(name)
    juliet.comes_online()
    juliet.receives("write this down")
    romeo.hears_nothing_of(lambda e: e.get("type") == "error")
    assert lines_of(suite, "database-refuses", "25006") == 1
    assert lines_of(suite, "database-accepts") == 1


def lines_of(suite, event, text=""):
    """How often sm has said that."""
    log = (suite.state / "log" / "sm.0.log").read_text()
    return sum(f" {event} " in line and text in line
               for line in log.splitlines())


def waits_for_line(suite, *events, timeout=20):
    deadline = time.monotonic() + timeout
    while not any(lines_of(suite, event) for event in events):
        assert time.monotonic() < deadline, f"no {events}\n{suite.logs()}"
        time.sleep(0.1)


def test_a_database_that_is_silent_for_seconds_costs_nothing_but_time(
        own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo = people.online("romeo")
    name = people.account("juliet")
    enable(romeo)
    kinds = ("sm", "c2sd", "authd", "mucd", "postgres")
    daemons = {kind: suite.pids(kind) for kind in kinds}
    for stall in range(2):
        with hanging_database(suite):
            for i in range(20):
                romeo.send(f"{name}@localhost", f"stall {stall}, {i}")
            time.sleep(5)
        count = str(20 * (stall + 1))
        romeo.send_raw(REQUEST)
        romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == count,
                        timeout=30)
        assert lines_of(suite, "database-silent") > stall
        assert lines_of(suite, "database-answers") == \
            lines_of(suite, "database-silent")

    juliet = people.login(name)
    juliet.comes_online()
    for stall in range(2):
        for i in range(20):
            juliet.receives(f"stall {stall}, {i}")
    assert daemons == {kind: suite.pids(kind) for kind in kinds}


def fill(folder):
    """Takes what is left of the file system."""
    with open(folder / "filler", "wb", buffering=0) as file:
        try:
            while file.write(bytes(65536)):
                pass
        except OSError:
            pass


def test_a_full_disk_is_waited_for(own_suite, crowd_of):
    """What cannot be stored is not acknowledged, people online talk on, and when
    there is room all of it is stored, without anybody's help."""
    suite = own_suite(disk_mb=200, settings={"sm.offline-quota": 5000,
                                             "sm.audit": "content"})
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    name = people.account("nurse")
    enable(romeo)
    kinds = ("sm", "c2sd", "authd", "mucd")
    daemons = {kind: suite.pids(kind) for kind in kinds}
    count = 4000
    fill(suite.database_folder())

    def talk():
        for i in range(count):
            romeo.send(f"{name}@localhost", f"{i} " + 2000 * "x")

    talker = threading.Thread(target=talk)
    talker.start()
    waits_for_line(suite, "database-refuses", "database-lost")
    juliet.send(juliet.jid, "there is no room")
    juliet.receives("there is no room")
    time.sleep(2)
    # A server that was started again is another process.
    os.unlink(suite.database_folder() / "filler")
    talker.join(60)

    romeo.send_raw(REQUEST)
    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == str(count),
                    timeout=120)
    assert daemons == {kind: suite.pids(kind) for kind in kinds}
    nurse = people.login(name)
    nurse.comes_online()
    for i in range(count):
        message = nurse.waits_for(is_message, timeout=30)
        assert message.findtext(CLIENT + "body").split()[0] == str(i)
    romeo.hears_nothing_of(lambda e: e.get("type") == "error")
    for one in ("SELECT count(DISTINCT origin), count(*) FROM message "
                "WHERE sender > 0 AND recipient > 0 AND stanza LIKE '%xxxx%'",
                "SELECT count(DISTINCT stanza_id), count(*) FROM audit "
                "WHERE content LIKE '%xxxx%'"):
        assert suite.sql(one).strip() == f"{count}|{count}"
    assert suite.ctl("audit", "verify").returncode == 0


# --- searches -------------------------------------------------------------------


def test_a_search_that_takes_too_long_is_given_up_and_stops_nobody(
        own_suite, crowd_of):
    suite = own_suite(settings={"sm.search-timeout": 1})
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    romeo.send(juliet.jid, "needle")
    juliet.receives("needle")
    search = {"{urn:xmpp:fulltext:0}fulltext": "needle"}
    nurse = people.account("nurse")
    holder = threading.Thread(target=suite.sql, args=(
        "BEGIN; LOCK TABLE message IN ACCESS EXCLUSIVE MODE; "
        "SELECT pg_sleep(6); COMMIT",))
    holder.start()
    while suite.sql("SELECT count(*) FROM pg_locks WHERE mode = "
                    "'AccessExclusiveLock' AND granted AND relation = "
                    "'message'::regclass").strip() == "0":
        time.sleep(0.05)

    assert refused(juliet, **search) == "resource-constraint"
    people.login(nurse).roster()
    assert holder.is_alive()

    holder.join()
    assert ask(juliet, **search).bodies == ["needle"]
