"""IQs that are under way while a session manager dies have exactly one answer."""
import os
import signal
import time

import pytest

from test_database import hanging_database
from test_stream_management import enable
from xmpp import CLIENT, error_of


def ask(client, kind, payload, id, to=None):
    target = f" to='{to}'" if to else ""
    client.send_raw(f"<iq type='{kind}' id='{id}'{target}>{payload}</iq>")


def is_answer(id):
    return lambda e: (e.tag == CLIENT + "iq" and e.get("id") == id
                      and e.get("type") in ("result", "error"))


def has_one_answer(client, id):
    """Its result, or an error that says to try again; and no second one."""
    answer = client.waits_for(is_answer(id), timeout=20)
    if answer.get("type") == "error":
        assert answer.find(CLIENT + "error").get("type") == "wait", \
            error_of(answer)
    client.hears_nothing_of(is_answer(id))
    return answer


REQUESTS = {
    "ping": ("get", "<ping xmlns='urn:xmpp:ping'/>"),
    "roster": ("get", "<query xmlns='jabber:iq:roster'/>"),
    "contact": ("set", "<query xmlns='jabber:iq:roster'>"
                       "<item jid='nurse@localhost'/></query>"),
    "vcard": ("get", "<vCard xmlns='vcard-temp'/>"),
    "archive": ("set", "<query xmlns='urn:xmpp:mam:2'/>"),
    "registration": ("get", "<query xmlns='jabber:iq:register'/>"),
}


@pytest.mark.parametrize("managed", [True, False])
def test_a_request_that_a_dead_session_manager_had_not_read_is_answered(
        own_suite, crowd_of, managed):
    suite = own_suite()
    people = crowd_of(suite)
    romeo = people.online("romeo")
    if managed:
        enable(romeo)
    os.kill(suite.pids("sm")[0], signal.SIGSTOP)
    for id, (kind, payload) in REQUESTS.items():
        ask(romeo, kind, payload, id)
    time.sleep(0.3)

    suite.kill_one("sm")

    for id in REQUESTS:
        has_one_answer(romeo, id)
    assert "nurse@localhost" in romeo.roster()


@pytest.mark.parametrize("managed", [True, False])
def test_a_request_that_waited_for_the_database_is_answered(own_suite, crowd_of,
                                                            managed):
    suite = own_suite()
    people = crowd_of(suite)
    romeo = people.online("romeo")
    if managed:
        enable(romeo)
    with hanging_database(suite):
        for id, (kind, payload) in REQUESTS.items():
            ask(romeo, kind, payload, id)
        time.sleep(0.3)
        suite.kill_one("sm")

    for id in REQUESTS:
        has_one_answer(romeo, id)
    assert "nurse@localhost" in romeo.roster()


@pytest.mark.parametrize("managed", [True, False])
def test_a_request_between_clients_outlives_the_session_manager(
        own_suite, crowd_of, managed):
    suite = own_suite(sm=2)
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    if managed:
        enable(romeo)
        enable(juliet)
    for id in ("first", "second"):
        ask(romeo, "get", "<query xmlns='jabber:iq:version'/>", id, juliet.jid)
        question = juliet.waits_for(
            lambda e: e.tag == CLIENT + "iq" and e.get("type") == "get")

        for pid in suite.pids("sm"):
            os.kill(pid, signal.SIGSTOP)
        juliet.send_raw(f"<iq type='result' id='{question.get('id')}' "
                        f"to='{question.get('from')}'/>")
        time.sleep(0.2)
        suite.kill_one("sm")
        for pid in suite.pids("sm"):
            os.kill(pid, signal.SIGCONT)

        assert has_one_answer(romeo, id).get("type") == "result"
    juliet.hears_nothing_of(
        lambda e: e.tag == CLIENT + "iq" and e.get("type") == "get")


def test_a_request_to_somebody_who_left_meanwhile_is_returned_once(own_suite,
                                                                   crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends("romeo", "juliet")
    enable(romeo)
    ask(romeo, "get", "<query xmlns='jabber:iq:version'/>", "q", juliet.jid)
    juliet.waits_for(lambda e: e.tag == CLIENT + "iq" and e.get("type") == "get")

    os.kill(suite.pids("sm")[0], signal.SIGSTOP)
    juliet.close()
    time.sleep(0.3)
    suite.kill_one("sm")
    answer = romeo.waits_for(is_answer("q"), timeout=20)

    assert answer.get("type") == "error"
    romeo.hears_nothing_of(is_answer("q"))
