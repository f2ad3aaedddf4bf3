"""Messages to whole groups, with a proof of delivery for each recipient."""
import json
import time

import pytest

from suite import Suite
from test_departments import Office
from xmpp import error_of

ITEMS = "<query xmlns='http://jabber.org/protocol/disco#items'/>"
RECEIPT = "<received xmlns='urn:xmpp:receipts' id='{}'/>"
DISPLAYED = "<displayed xmlns='urn:xmpp:chat-markers:0' id='{}'/>"


@pytest.fixture(scope="module")
def company():
    with Suite(sm=2) as suite:
        yield suite


@pytest.fixture
def office(company, crowd_of):
    return Office(company, crowd_of(company))


def allow(office, client):
    """The permission; what the directory says now is known when the roster
    shows a department that was made after it."""
    office.suite.ctl("property", "set", "account", client.bare, "broadcast",
                     "yes")
    marker, other = office.department("marker"), office.online("marker")
    office.employs(marker, other)
    office.employs(marker, client)
    client.receives_push(other.bare)


def group(department, suite):
    return f"{department}@broadcast.{suite.domain}"


def broadcasts(suite):
    return json.loads(suite.ctl("--json", "broadcast", "list").stdout)


def status(suite, number):
    rows = json.loads(suite.ctl("--json", "broadcast", "status",
                                number).stdout)
    return {row["jid"]: row for row in rows}


def eventually(question):
    deadline = time.monotonic() + 10
    while not question():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.05)


def test_a_department_is_written_to_and_those_below_it(company, office):
    sales = office.department("sales")
    north = office.department("north", sales)
    anna, = office.colleagues(sales, "anna")
    carl, = office.colleagues(north, "carl")
    stranger = office.online("stranger")
    boss = office.online("boss")
    allow(office, boss)

    boss.send(group(sales, company), "meeting at ten")

    for member in (anna, carl):
        message = member.receives("meeting at ten", group(sales, company))
        sender = message.find(".//{http://jabber.org/protocol/address}address")
        assert sender.get("type") == "ofrom"
        assert sender.get("jid") == boss.bare
    for other in (stranger, boss):
        other.hears_nothing_of(lambda e: "meeting" in "".join(e.itertext()))


def test_who_is_away_gets_it_later(company, office):
    sales = office.department("sales")
    name = office.people.account("away")
    office.employs(sales, name)
    boss = office.online("boss")
    allow(office, boss)
    boss.send(group(sales, company), "read me later")
    number = broadcasts(company)[-1]["id"]
    eventually(lambda: status(company, number)[f"{name}@localhost"]["handed"])

    away = office.people.login(name)
    away.comes_online()

    away.receives("read me later")


def test_each_recipient_proves_what_he_got(company, office):
    sales = office.department("sales")
    anna, bert = office.colleagues(sales, "anna", "bert")
    boss = office.online("boss")
    allow(office, boss)
    boss.send(group(sales, company), "please confirm")
    message = anna.receives("please confirm")
    bert.receives("please confirm")
    number = broadcasts(company)[-1]["id"]

    anna.send_raw(f"<message to='{message.get('from')}'>"
                  f"{RECEIPT.format(message.get('id'))}</message>")
    eventually(lambda: status(company, number)[anna.bare]["acknowledged"])
    assert not status(company, number)[anna.bare]["displayed"]
    anna.send_raw(f"<message to='{message.get('from')}'>"
                  f"{DISPLAYED.format(message.get('id'))}</message>")
    eventually(lambda: status(company, number)[anna.bare]["displayed"])
    assert not status(company, number)[bert.bare]["acknowledged"]
    eventually(lambda: status(company, number)[bert.bare]["handed"])

    told = json.loads(company.ctl("--json", "broadcast", "remind",
                                  number).stdout)
    assert told == [{"reminded": 1}]
    bert.receives("please confirm")
    anna.hears_nothing_of(lambda e: "confirm" in "".join(e.itertext()))


def test_a_group_needs_the_permission(company, office):
    sales = office.department("sales")
    anna, = office.colleagues(sales, "anna")

    for to in (group(sales, company), group("all", company)):
        anna.send(to, "may I?")
        anna.receives_error("forbidden")


def test_an_administrator_of_a_department_may_send_to_it(company, office):
    sales = office.department("sales")
    north = office.department("north", sales)
    labs = office.department("labs")
    anna, bert = office.colleagues(sales, "anna", "bert")
    office.employs(sales, anna, "--admin")
    marker, other = office.department("marker"), office.online("marker")
    office.employs(marker, other)
    office.employs(marker, anna)
    anna.receives_push(other.bare)

    anna.send(group(sales, company), "my people")
    bert.receives("my people")
    anna.send(group(labs, company), "others")
    anna.receives_error("forbidden")
    offered = {i.get("name") for i in anna.get(ITEMS, "broadcast.localhost")}
    assert offered == {sales, north}


def test_everybody_is_a_group_and_so_are_those_online(company, office):
    anna, boss = office.online("anna"), office.online("boss")
    name = office.people.account("away")
    allow(office, boss)

    boss.send(group("online", company), "coffee")
    anna.receives("coffee")
    boss.send(group("all", company), "payday")
    anna.receives("payday")
    number = broadcasts(company)[-1]["id"]
    eventually(lambda: status(company, number)[f"{name}@localhost"]["handed"])
    away = office.people.login(name)
    away.comes_online()
    away.receives("payday")
    away.hears_nothing_of(lambda e: "coffee" in "".join(e.itertext()))


def test_an_unknown_group_is_an_error(company, office):
    boss = office.online("boss")
    allow(office, boss)
    boss.send(group("nowhere", company), "hello")
    boss.receives_error("item-not-found")


def test_the_service_is_found(office):
    anna = office.online("anna")
    assert "broadcast.localhost" in [
        i.get("jid") for i in anna.get(ITEMS, "localhost")]
    assert error_of(anna.iq("get", "<query xmlns='jabber:iq:version'/>",
                            "broadcast.localhost")) == "service-unavailable"
    info = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
    assert anna.get(info, "broadcast.localhost")[0].get("category") \
        == "component"


def addressed(client, body, *addresses):
    inside = "".join(f"<address type='{kind}' jid='{jid}'/>"
                     for kind, jid in addresses)
    client.send("broadcast.localhost", body, inside="<addresses xmlns='http://"
                f"jabber.org/protocol/address'>{inside}</addresses>")


def test_one_message_goes_to_several_people_and_a_group(company, office):
    sales = office.department("sales")
    anna, = office.colleagues(sales, "anna")
    bert, carl = office.online("bert"), office.online("carl")
    boss = office.online("boss")
    allow(office, boss)

    addressed(boss, "dear all", ("to", bert.bare), ("bcc", carl.bare),
              ("cc", group(sales, company)))

    anna.receives("dear all", group(sales, company))
    seen = bert.receives("dear all", boss.jid)
    carl.receives("dear all", boss.jid)
    shown = {e.get("jid"): e.get("delivered") for e in seen.iter(
        "{http://jabber.org/protocol/address}address")}
    assert shown == {bert.bare: "true", group(sales, company): "true"}


def test_a_message_to_too_many_or_to_nobody_is_refused(office):
    anna = office.online("anna")
    addressed(anna, "many", *[("to", f"p{i}@localhost") for i in range(51)])
    anna.receives_error("not-acceptable")
    addressed(anna, "nobody", ("to", "@@"))
    anna.receives_error("jid-malformed")
    addressed(anna, "none")
    anna.receives_error("jid-malformed")


def test_a_group_in_a_list_needs_the_permission_too(company, office):
    anna = office.online("anna")
    addressed(anna, "sneaky", ("to", group("all", company)))
    anna.receives_error("forbidden")


def test_nobody_is_told_twice_when_sm_dies(company, office):
    sales = office.department("sales")
    crowd = [office.people.online(f"c{i}x") for i in range(8)]
    for person in crowd:
        office.employs(sales, person)
    away = [office.people.account(f"a{i}x") for i in range(40)]
    company.sql("INSERT INTO department_member (domain, department, username) "
                f"SELECT 'localhost', department_at('localhost', '{sales}'), "
                f"unnest(ARRAY{away!r})")
    boss = office.online("boss")
    allow(office, boss)

    boss.send(group(sales, company), "once")
    for _ in range(3):
        company.kill_one("sm")
    boss.iq("get", "<ping xmlns='urn:xmpp:ping'/>", timeout=30)

    for person in crowd:
        person.receives("once", timeout=30)
    number = broadcasts(company)[-1]["id"]
    eventually(lambda: all(r["handed"]
                           for r in status(company, number).values()))
    assert len(status(company, number)) == 48
    for person in crowd:
        person.hears_nothing_of(lambda e: "once" in "".join(e.itertext()))
    for name in away[:5]:
        client = office.people.login(name)
        client.comes_online()
        client.receives("once")
        client.hears_nothing_of(lambda e: "once" in "".join(e.itertext()))
