"""Who asks for somebody whom he may not know learns nothing by the answer, nor by what
the answer costs: it is that of somebody who is not there, after as many statements."""
import time
import xml.etree.ElementTree as ET

import pytest

from conftest import People
from suite import Suite
from test_broadcast import ITEMS, allow
from test_departments import Office, groups
from test_visibility import hide
from xmpp import error_of

MUC = "http://jabber.org/protocol/muc"


@pytest.fixture(scope="module")
def company():
    with Suite() as suite:
        suite.sql("ALTER SYSTEM SET log_statement = 'all'",
                  "ALTER SYSTEM SET log_line_prefix = '%u '",
                  "SELECT pg_reload_conf()")
        yield suite


@pytest.fixture
def office(company, crowd_of):
    return Office(company, crowd_of(company))


def statements(suite):
    """What sm has asked the database so far, by its names."""
    return [line.split("execute ", 1)[1].split(":")[0]
            for log in suite.state.rglob("postgres*.log")
            for line in log.read_text(errors="replace").splitlines()
            if line.startswith("posthouse_sm ") and "execute " in line]


def iq(payload):
    return lambda to, n: f"<iq type='get' id='q{n}' to='{to}'>{payload}</iq>"


QUESTIONS = {
    "message": lambda to, n: f"<message type='chat' id='q{n}' to='{to}'>"
                             "<body>hello</body></message>",
    "headline": lambda to, n: f"<message type='headline' id='q{n}' to='{to}'>"
                              "<body>hello</body></message>",
    "subscription": lambda to, n: f"<presence type='subscribe' to='{to}'/>",
    "probe": lambda to, n: f"<presence type='probe' to='{to}'/>",
    "presence": lambda to, n: f"<presence to='{to}'/>",
    "info": iq("<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    "items": iq("<query xmlns='http://jabber.org/protocol/disco#items'/>"),
    "vcard": iq("<vCard xmlns='vcard-temp'/>"),
    "last": iq("<query xmlns='jabber:iq:last'/>"),
    "ping": iq("<ping xmlns='urn:xmpp:ping'/>"),
    "pep": iq("<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
              "<items node='urn:xmpp:avatar:metadata'/></pubsub>"),
    "commands": iq("<query xmlns='http://jabber.org/protocol/disco#items' "
                   "node='http://jabber.org/protocol/commands'/>"),
    "archive": iq("<query xmlns='urn:xmpp:mam:2'/>"),
    "file": lambda to, n: f"<iq type='set' id='q{n}' to='{to}'><jingle "
            "xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'><content "
            "creator='initiator' name='f'><description xmlns="
            "'urn:xmpp:jingle:apps:file-transfer:5'><file><name>x</name><size>1"
            "</size></file></description></content></jingle></iq>",
}


def settles(suite):
    """All that was begun has been logged."""
    before = -1
    while before != (now := len(statements(suite))):
        before = now
        time.sleep(0.15)
    return now


def asks(suite, client, question, address, number=1):
    """What comes back, without addresses, and the statements that it took."""
    bare, name = address.split("/")[0], address.split("@")[0]
    before = settles(suite)
    client.send_raw(QUESTIONS[question](address, number))
    client.get("<ping xmlns='urn:xmpp:ping'/>")
    settles(suite)
    client.get("<ping xmlns='urn:xmpp:ping'/>")
    answers = [ET.tostring(e, encoding="unicode").replace(name, "NAME")
               for e in client.takes(lambda e: bare in (e.get("from") or ""))]
    return answers, sorted(statements(suite)[before:])


@pytest.fixture(scope="module")
def hidden(company):
    """Somebody who asks, and two of a department that he may not know: one who is
    online, and one who was, whom sm has in memory."""
    people = People(company)
    office = Office(company, people)
    secret = office.department("secret")
    hide(office, secret)
    online, gone = office.colleagues(secret, "spy", "gone")
    gone.close()
    yield office, secret, online.bare, gone.bare, office.online("anna")
    people.close()


WITH_RESOURCE = {"message", "info", "vcard", "ping", "presence", "file"}


@pytest.mark.parametrize("question, resource", [
    *((q, "") for q in QUESTIONS), *((q, "/here") for q in sorted(WITH_RESOURCE))])
def test_who_is_hidden_is_like_nobody(company, hidden, question, resource):
    office, secret, online, gone, anna = hidden
    away = f"{office.people.account('away')}@localhost"
    office.employs(secret, away)
    nobody = f"{office.people.name('nobody')}@localhost"

    expected = asks(company, anna, question, nobody + resource)
    # The second time sm has him in memory, and a contact list what was asked.
    again = () if question == "subscription" else (away,)
    for address in (away, *again, gone, online):
        assert asks(company, anna, question, address + resource) == expected, address


def open_below_hidden(office):
    """Two departments of one name, one of them below a hidden one; everybody may
    know both."""
    secret, works = office.department("secret"), office.department("works")
    name = office.people.name("east")
    for parent in (secret, works):
        office.suite.ctl("department", "add", name, "--parent", parent)
    hide(office, secret)
    office.suite.ctl("property", "set", "department", f"{secret}/{name}",
                     "visible-to", "everyone")
    return secret, works, name


def test_no_hidden_parent_is_in_the_name_of_a_group(company, office):
    secret, works, name = open_below_hidden(office)
    anna, bert = office.online("anna"), office.online("bert")
    office.employs(f"{secret}/{name}", anna)
    office.employs(f"{secret}/{name}", bert)
    office.suite.ctl("property", "set", "department", f"{secret}/{name}",
                     "roster", "department")

    pushed = groups(bert.receives_push(anna.bare))

    assert len(pushed) == 1
    assert pushed[0].startswith(f"{name} (") and secret not in pushed[0]


def test_no_hidden_parent_is_in_what_a_search_finds(company, office):
    secret, works, name = open_below_hidden(office)
    anna, bert = office.online("anna"), office.online("bert")
    office.employs(f"{secret}/{name}", anna)
    office.employs(works, bert)
    form = ("<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' "
            "type='submit'><field var='{}'><value>{}</value></field></x></query>")

    found = ET.tostring(bert.iq("set", form.format("user", anna.bare.split("@")[0]),
                                "localhost"), encoding="unicode")
    assert anna.bare in found and f"{name} (" in found
    assert secret not in found
    for pattern in (secret, f"{secret}*", f"*{secret[:5]}*/{name}"):
        said = bert.iq("set", form.format("department", pattern), "localhost")
        assert error_of(said) is None
        assert anna.bare not in ET.tostring(said, encoding="unicode")


def test_no_hidden_parent_is_in_an_address_of_groups(company, office):
    secret, works, name = open_below_hidden(office)
    anna, boss = office.online("anna"), office.online("boss")
    office.employs(f"{secret}/{name}", anna)
    allow(office, boss)

    listed = boss.get(ITEMS, "broadcast.localhost")
    shown = {i.get("name"): i.get("jid") for i in listed}

    assert secret not in ET.tostring(listed, encoding="unicode")
    assert f"{works}/{name}" in shown
    address = next(jid for label, jid in shown.items()
                   if label.startswith(f"{name} ("))
    boss.send(address, "all of you")
    anna.receives("all of you")


def test_no_hidden_parent_is_in_the_address_of_a_room(company, office):
    """The first of a name has the name; this one is the second."""
    secret, works = office.department("secret"), office.department("works")
    name = office.people.name("east")
    for parent in (works, secret):
        office.suite.ctl("department", "add", name, "--parent", parent)
    hide(office, secret)
    place = f"{secret}/{name}"
    office.suite.ctl("property", "set", "department", place, "visible-to", "everyone")
    office.suite.ctl("property", "set", "department", place, "room", "yes")
    anna = office.online("anna")
    office.employs(place, anna)

    deadline = time.monotonic() + 15
    rooms = []
    while not rooms and time.monotonic() < deadline:
        listed = anna.get(ITEMS, "conference.localhost")
        rooms = [i for i in listed if name in i.get("jid", "")]
        assert secret not in ET.tostring(listed, encoding="unicode")
        time.sleep(0.1)
    assert rooms, "the member does not see the room"


ROOM_QUESTIONS = {
    "room message": "<message type='groupchat' id='{n}' to='{to}'><body>x</body>"
                    "</message>",
    "private message": "<message type='chat' id='{n}' to='{to}/x'><body>x</body>"
                       "</message>",
    **{name: f"<iq type='{kind}' id='{{n}}' to='{{to}}{nick}'>{payload}</iq>"
       for name, kind, nick, payload in (
           ("ping", "get", "", "<ping xmlns='urn:xmpp:ping'/>"),
           ("self-ping", "get", "/x", "<ping xmlns='urn:xmpp:ping'/>"),
           ("version", "get", "/x", "<query xmlns='jabber:iq:version'/>"),
           ("info", "get", "",
            "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
           ("nick info", "get", "/x",
            "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
           ("items", "get", "",
            "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
           ("vcard", "get", "", "<vCard xmlns='vcard-temp'/>"),
           ("archive", "set", "", "<query xmlns='urn:xmpp:mam:2'/>"),
           ("members", "get", "", f"<query xmlns='{MUC}#admin'>"
                                  "<item affiliation='member'/></query>"),
           ("registration", "get", "", "<query xmlns='jabber:iq:register'/>"),
           ("configuration", "get", "", f"<query xmlns='{MUC}#owner'/>"))},
}


def test_the_room_of_a_department_is_like_none_to_others(company, office):
    secret = office.department("secret")
    hide(office, secret)
    office.suite.ctl("property", "set", "department", secret, "room", "yes")
    member, anna = office.online("member"), office.online("anna")
    office.employs(secret, member)
    there = f"{secret}@conference.localhost"
    deadline = time.monotonic() + 15
    while secret not in ET.tostring(member.get(ITEMS, "conference.localhost"),
                                    encoding="unicode"):
        assert time.monotonic() < deadline, "the member does not see the room"
        time.sleep(0.1)

    for name, question in ROOM_QUESTIONS.items():
        answers = []
        for i, room in enumerate((there, f"no{secret}@conference.localhost")):
            key = f"{name.replace(' ', '')}{i}"
            anna.send_raw(question.format(to=room, n=key))
            said = anna.waits_for(lambda e: e.get("id") == key)
            answers.append(ET.tostring(said, encoding="unicode").replace(
                room, "ROOM").replace(key, "KEY"))
        assert answers[0] == answers[1], name


def test_an_administrator_below_it_does_not_read_a_hidden_parents_name(company,
                                                                       office):
    secret, works, name = open_below_hidden(office)
    anna = office.online("anna")
    office.employs(f"{secret}/{name}", anna, "--admin")
    office.suite.ctl("property", "set", "department", secret, "visible-to", "nobody")
    command = ("<command xmlns='http://jabber.org/protocol/commands' "
               "node='http://jabber.org/protocol/admin#{}'>{}</command>")

    form = ET.tostring(anna.iq("set", command.format("announce", ""), "localhost"),
                       encoding="unicode")
    assert f"{name} (" in form and secret not in form
    value = form.split(f"{name} (")[-1].split(")")[0]
    said = anna.iq("set", command.format(
        "announce", "<x xmlns='jabber:x:data' type='submit'>"
        "<field var='announcement'><value>to mine</value></field>"
        f"<field var='group'><value>{name} ({value})</value></field></x>"),
        "localhost")
    assert error_of(said) is None


def test_who_may_not_write_outside_does_not_find_the_hidden_of_his_branch(company,
                                                                          office):
    top = office.department("top")
    office.suite.ctl("department", "add", chiefs := office.people.name("chiefs"),
                     "--parent", top)
    office.suite.ctl("property", "set", "department", chiefs, "visible-to", "nobody")
    office.suite.ctl("property", "set", "department", top, "chat-outside", "no")
    anna, = office.colleagues(top, "anna")
    boss = f"{office.people.account('boss')}@localhost"
    office.employs(chiefs, boss)
    nobody = f"{office.people.name('nobody')}@localhost"

    expected = asks(company, anna, "message", nobody, 1)
    got = asks(company, anna, "message", boss, 1)

    assert got == expected
