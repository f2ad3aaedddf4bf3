"""The message of the day and the welcome: each user hears them once."""
import time

import pytest

from suite import Suite
from test_commands import ask, is_done, run
from xmpp import error_of, is_message


@pytest.fixture(scope="module")
def company():
    with Suite(sm=2, users=("root",),
               settings={"admins": '{"root@localhost"}'}) as suite:
        yield suite


@pytest.fixture
def people(company, crowd_of):
    return crowd_of(company)


@pytest.fixture
def root(people):
    return people.login("root").comes_online()


def enters(people, name):
    return people.login(name).comes_online()


def hears_nothing(client):
    """Whatever the server says to him has come when a message that he sends to
    himself behind it is there."""
    client.send(client.bare, "are we there?")
    client.receives("are we there?")
    client.hears_nothing_of(is_message)


def test_the_message_of_the_day_is_heard_once_at_login(company, people, root):
    anna, bert = people.account("anna"), people.account("bert")
    assert is_done(run(root, "set-motd", motd=["Stairs are wet", "Take care"]))

    client = enters(people, anna)
    client.receives("Stairs are wet\nTake care", "localhost")
    client.leaves()
    hears_nothing(enters(people, anna))
    enters(people, bert).receives("Stairs are wet\nTake care", "localhost")

    form = ask(root, "edit-motd")
    assert [v.text for v in form.iterfind(
        ".//{jabber:x:data}field[@var='motd']/{jabber:x:data}value")] == \
        ["Stairs are wet", "Take care"]
    assert is_done(run(root, "edit-motd", motd=["Stairs are dry"]))
    hears_nothing(enters(people, anna))
    enters(people, people.account("carl")).receives("Stairs are dry")

    assert is_done(run(root, "set-motd", motd=["New stairs"]))
    enters(people, anna).receives("New stairs")
    assert is_done(ask(root, "delete-motd"))
    hears_nothing(enters(people, people.account("dora")))
    assert error_of(ask(root, "delete-motd")) == "item-not-found"
    assert error_of(run(root, "edit-motd", motd=["x"])) == "item-not-found"
    assert error_of(run(root, "set-motd", motd=[])) == "bad-request"


def test_the_welcome_is_for_new_accounts(people, root):
    old = people.account("old")
    assert is_done(run(root, "set-welcome", welcome=["Be welcome"]))
    hears_nothing(enters(people, old))
    new = people.account("new")
    enters(people, new).receives("Be welcome")
    hears_nothing(enters(people, new))
    assert is_done(ask(root, "delete-welcome"))
    hears_nothing(enters(people, people.account("newer")))


def test_a_notice_survives_a_restart_and_is_heard_once(company, people):
    company.ctl("notice", "set", "motd", "From the command line")
    anna = people.account("anna")
    enters(people, anna).receives("From the command line")
    while not company.sql("SELECT 1 FROM notice_seen "
                          f"WHERE username = '{anna}'"):
        time.sleep(0.05)
    company.kill_one("sm")
    company.kill_one("sm")
    hears_nothing(enters(people, anna))
    enters(people, people.account("bert")).receives("From the command line")
    assert "From the command line" in company.ctl("notice", "list").stdout
    company.ctl("notice", "edit", "motd", "Edited")
    enters(people, people.account("carl")).receives("Edited")
    company.ctl("notice", "del", "motd")
    for wrong in (("del", "motd"), ("edit", "motd", "x"), ("set", "tea", "x")):
        assert company.ctl("notice", *wrong, check=False).returncode == 1


def test_an_announcement_waits_for_those_who_are_away(company, people, root):
    away = people.account("away")
    here = people.online("here")
    assert is_done(run(root, "announce", announcement=["Closed on Friday"],
                       group=["all"]))
    here.receives("Closed on Friday", "localhost")
    client = enters(people, away)
    client.receives("Closed on Friday", "localhost")
    client.leaves()
    company.ctl("announce", "Open on Monday")
    here.receives("Open on Monday", "localhost")
    enters(people, away).receives("Open on Monday", "localhost")


def test_an_announcement_to_those_online_does_not_wait(company, people, root):
    away = people.account("away")
    here = people.online("here")
    company.ctl("announce", "Tea is ready", "--online")
    here.receives("Tea is ready", "localhost")
    hears_nothing(enters(people, away))
