"""Rooms of departments: made by a property, with the directory's people."""
import time

import pytest

from test_departments import Office
from test_rooms import (ADMIN, OWNER, changes, codes, enters, is_refused,
                        item, says)
from suite import Suite
from xmpp import error_of

ITEMS = "<query xmlns='http://jabber.org/protocol/disco#items'/>"


@pytest.fixture(scope="module")
def company():
    with Suite(settings={"mucd.max-listed": 5000}) as suite:
        yield suite


@pytest.fixture
def office(company, crowd_of):
    return Office(company, crowd_of(company))


def gets_a_room(office, department):
    """The address of its room, as soon as one of its people may enter."""
    office.suite.ctl("property", "set", "department", department, "room", "yes")
    return f"{department}@conference.localhost"


def may_see(client, room):
    """Waits until mucd has learnt of the directory what makes him see the room:
    before that anybody could make one of this name."""
    for _ in range(200):
        listed = client.get(ITEMS, to="conference.localhost")
        if room in [i.get("jid") for i in listed]:
            return
        time.sleep(0.05)
    raise AssertionError(f"{client.bare} never saw {room}")


@pytest.fixture
def sales(office):
    """A department with a room, anna its administrator and bert in it."""
    name = office.department("sales")
    anna, bert = office.people.online("anna"), office.people.online("bert")
    office.employs(name, anna, "--admin")
    office.employs(name, bert)
    room = gets_a_room(office, name)
    may_see(anna, room)
    own = enters(anna, room, "anna")
    assert item(own).get("affiliation") == "admin"
    assert 201 not in codes(own)
    enters(bert, room, "bert")
    return name, room, anna, bert


def test_colleagues_talk_in_their_room(office, sales):
    _, room, anna, bert = sales

    says(bert, room, "Good morning")

    anna.receives("Good morning", f"{room}/bert")


def test_strangers_do_not_get_in_and_do_not_see_it(office, sales):
    _, room, _, bert = sales
    stranger = office.people.online("stranger")

    assert is_refused(stranger, room, "stranger") == "registration-required"
    service = "conference.localhost"
    assert room not in [i.get("jid") for i in stranger.get(ITEMS, to=service)]
    assert room in [i.get("jid") for i in bert.get(ITEMS, to=service)]


def test_a_new_hire_may_enter_at_once(office, sales):
    name, room, anna, _ = sales
    carl = office.people.online("carl")

    office.employs(name, carl)
    may_see(carl, room)
    own = enters(carl, room, "carl")

    assert item(own).get("affiliation") == "member"
    anna.receives_presence(f"{room}/carl")


def test_who_leaves_the_department_is_put_out(office, sales):
    name, room, anna, bert = sales

    office.suite.ctl("department", "member", "del", name, bert.bare)

    for client in (bert, anna):
        gone = client.receives_presence(f"{room}/bert", "unavailable")
        assert 321 in codes(gone)
    assert is_refused(bert, room, "bert") == "registration-required"


def test_a_closed_department_empties_its_room(office, sales):
    name, room, anna, bert = sales

    office.suite.ctl("property", "set", "department", name, "room", "no")

    bert.receives_presence(f"{room}/bert", "unavailable")
    assert is_refused(anna, room, "anna") == "registration-required"


@pytest.mark.parametrize("payload", [
    f"<query xmlns='{ADMIN}'><item jid='x@localhost' affiliation='member'/>"
    "</query>",
    f"<query xmlns='{ADMIN}'><item nick='bert' affiliation='outcast'/></query>"])
def test_its_administrator_does_not_choose_the_people(sales, payload):
    _, room, anna, _ = sales

    assert error_of(anna.iq("set", payload, to=room)) == "not-allowed"


def test_its_administrator_moderates(sales):
    _, room, anna, bert = sales

    assert changes(anna, room, "nick='bert' role='none'").get("type") == "result"

    assert 307 in codes(bert.receives_presence(f"{room}/bert", "unavailable"))


def test_nobody_destroys_it(sales):
    _, room, anna, bert = sales

    for client in (anna, bert):
        answer = client.iq("set", f"<query xmlns='{OWNER}'><destroy/></query>",
                           to=room)
        assert error_of(answer) == "forbidden"


def test_nobody_else_takes_the_address_of_a_department(office):
    name = office.department("board")
    dora = office.people.online("dora")
    office.suite.ctl("property", "set", "department", name, "motto", "first")
    deadline = time.monotonic() + 10
    while is_refused(dora, f"{name}@conference.localhost", "dora") \
            != "not-allowed" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert is_refused(dora, f"{name}@conference.localhost", "dora") \
        == "not-allowed"

    room = gets_a_room(office, name)
    office.employs(name, dora)
    may_see(dora, room)
    enters(dora, room, "dora")


def test_membership_changes_while_mucd_is_away(own_suite, crowd_of):
    with_room = own_suite()
    office = Office(with_room, crowd_of(with_room))
    name = office.department("sales")
    anna, bert = office.people.online("anna"), office.people.online("bert")
    for person in (anna, bert):
        office.employs(name, person)
    room = gets_a_room(office, name)
    may_see(anna, room)
    enters(anna, room, "anna")
    enters(bert, room, "bert")

    with_room.ctl("department", "member", "del", name, bert.bare)
    with_room.kill_one("mucd")

    bert.receives_presence(f"{room}/bert", "unavailable")
    says(anna, room, "Still here")
    anna.receives("Still here", f"{room}/anna")
