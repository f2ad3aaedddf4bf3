"""PostgreSQL dies, hangs or refuses under people who talk: what needs it waits,
what does not goes on, and nothing that was acknowledged is lost."""
import os
import signal
import subprocess
import threading
import time

from test_archive import ask, refused
from test_stream_management import REQUEST, acknowledged, enable
from xmpp import SM


def database(suite):
    return suite.pids("postgres")[0]


def test_people_online_talk_while_the_database_hangs(own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    for pid in backends(suite):
        os.kill(pid, signal.SIGSTOP)
    try:
        romeo.send(juliet.jid, "who needs a table")
        juliet.receives("who needs a table")
    finally:
        for pid in backends(suite):
            os.kill(pid, signal.SIGCONT)


def backends(suite):
    """The server and all of its processes."""
    parent = database(suite)
    children = subprocess.run(["pgrep", "-P", str(parent)],
                              capture_output=True, text=True).stdout.split()
    return [parent, *map(int, children)]


def test_what_is_to_be_stored_is_acknowledged_when_the_database_is_back(
        own_suite, crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo = people.online("romeo")
    name = people.account("juliet")
    enable(romeo)
    stopped = backends(suite)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        for i in range(5):
            romeo.send(f"{name}@localhost", f"later {i}")
        romeo.send_raw(REQUEST)
        answer = romeo.waits_for(lambda e: e.tag == SM + "a")
        assert int(answer.get("h")) == 0
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)

    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "5")
    juliet = people.login(name)
    juliet.comes_online()
    for i in range(5):
        juliet.receives(f"later {i}")


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
