"""What people may do, by properties of accounts, departments and the server: each
permission allowed and refused, and the command that tells why."""
import json

import pytest

from suite import Suite
from test_departments import Office
from xmpp import error_of

SEARCH = "<query xmlns='jabber:iq:search'><nick>*</nick></query>"
OFFER = ("<si xmlns='http://jabber.org/protocol/si' id='s1' "
         "profile='http://jabber.org/protocol/si/profile/file-transfer'>"
         "<file xmlns='http://jabber.org/protocol/si/profile/file-transfer' "
         "name='a.txt' size='1'/></si>")
MUC = "<x xmlns='http://jabber.org/protocol/muc'/>"


@pytest.fixture(scope="module")
def company():
    with Suite() as suite:
        yield suite


@pytest.fixture
def office(company, crowd_of):
    return Office(company, crowd_of(company))


def answer_to(client, text):
    """The error of a stanza, None when none has come by the next answer."""
    client.send_raw(text)
    client.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
    errors = [e for e in client._kept if e.get("type") == "error"]
    client._kept.clear()
    return error_of(errors[0]) if errors else None


def chats_outside(one, other):
    return answer_to(one, f"<message to='{other.bare}' type='chat'>"
                          "<body>hello</body></message>")


def says_it_by_presence(one, other):
    return answer_to(one, f"<presence to='{other.bare}'>"
                          "<status>hello</status></presence>")


def leaves_a_file(one, other):
    other.leaves()
    return answer_to(one, f"<iq type='set' id='o' to='{other.bare}'>"
                          f"{OFFER}</iq>")


def has_a_room_invite(one, other):
    room = f"i{one.bare.split('@')[0]}@conference.localhost"
    one.send_raw(f"<presence to='{room}/me'>{MUC}</presence>")
    one.waits_for(lambda e: e.get("from") == f"{room}/me")
    return answer_to(one, f"<message to='{room}'>"
                     "<x xmlns='http://jabber.org/protocol/muc#user'>"
                     f"<invite to='{other.bare}'><reason>hello</reason></invite>"
                     "</x></message>")


def federates(one, other):
    error = answer_to(one, "<message to='someone@elsewhere.invalid'>"
                           "<body>hello</body></message>")
    return None if error == "remote-server-not-found" else error


def sends_a_file(one, other):
    return answer_to(one, f"<iq type='set' id='o' to='{other.jid}'>"
                          f"{OFFER}</iq>")


def uploads(one, other, size=1):
    return error_of(one.iq(
        "get", "<request xmlns='urn:xmpp:http:upload:0' filename='a.txt' "
        f"size='{size}'/>", "upload.localhost"))


def uploads_files(office, one, how_many):
    """Of a hundred bytes, and of more."""
    return [uploads(one, None, 100 ** i) for i in range(1, how_many + 1)]


def creates_a_room(one, other):
    room = f"r{one.bare.split('@')[0]}@conference.localhost/me"
    one.send_raw(f"<presence to='{room}'>{MUC}</presence>")
    heard = one.waits_for(lambda e: e.get("from") == room)
    return error_of(heard)


def searches(one, other):
    return error_of(one.iq("set", SEARCH, "localhost"))


def changes_its_password(one, other):
    return error_of(one.iq(
        "set", "<query xmlns='jabber:iq:register'><username>"
        f"{one.bare.split('@')[0]}</username><password>new one</password>"
        "</query>", "localhost"))


def writes_to_all(one, other):
    return answer_to(one, "<message to='online@broadcast.localhost'>"
                          "<body>hello</body></message>")


MATRIX = {
    "broadcast": (writes_to_all, "forbidden"),
    "chat-outside": (chats_outside, "not-allowed"),
    "federate": (federates, "not-allowed"),
    "send-file": (sends_a_file, "not-allowed"),
    "upload": (uploads, "forbidden"),
    "create-room": (creates_a_room, "not-allowed"),
    "search": (searches, "forbidden"),
    "register": (changes_its_password, "not-allowed"),
}


@pytest.mark.parametrize("where", ["account", "department"])
@pytest.mark.parametrize("permission", MATRIX)
def test_a_permission_is_allowed_and_refused(office, permission, where):
    act, condition = MATRIX[permission]
    sales = office.department("sales")
    north = office.department("north", sales)
    anna, = office.colleagues(north, "anna")
    other = office.online("stranger")
    owner = anna.bare if where == "account" else sales

    office.suite.ctl("property", "set", where, owner, permission, "no")
    assert told(office, anna, permission) == "no"
    assert act(anna, other) == condition
    office.suite.ctl("property", "set", where, owner, permission, "yes")
    assert told(office, anna, permission) == "yes"
    assert act(anna, other) is None


def told(office, client, permission):
    """What `why` says; by then every sm has been notified, and read it."""
    rows = json.loads(office.suite.ctl("--json", "why", client.bare,
                                       permission).stdout)
    marker = office.department("marker")
    office.employs(marker, client)
    client.roster()
    return rows[0]["question"].split(": ")[1]


def keeps_contacts(office, one, how_many):
    """Whether a contact list takes so many."""
    item = "<query xmlns='jabber:iq:roster'><item jid='c{}@localhost'/></query>"
    return [error_of(one.iq("set", item.format(i))) for i in range(how_many)]


def leaves_messages(office, one, how_many):
    """The answers to messages that wait for somebody."""
    name = one.bare.split("@")[0]
    sender = office.online("sender")
    one.leaves()
    one.close()
    answers = [answer_to(sender, f"<message to='{name}@localhost' type='chat'>"
                                 f"<body>{'x' * 100} {i}</body></message>")
               for i in range(how_many)]
    return answers


LIMITS = {
    # What is done twice when one is allowed; the second time is refused by this.
    "max-roster": (keeps_contacts, "1", "resource-constraint"),
    "max-offline": (leaves_messages, "1", "service-unavailable"),
    "max-upload-size": (uploads_files, "100", "not-acceptable"),
    "max-offline-bytes": (leaves_messages, "300", "service-unavailable"),
}


@pytest.mark.parametrize("where", ["account", "department"])
@pytest.mark.parametrize("permission", LIMITS)
def test_a_limit_lets_in_and_refuses(office, permission, where):
    act, limit, condition = LIMITS[permission]
    for value, expected in ((limit, [None, condition]), ("0", [None, None])):
        sales = office.department("sales")
        anna, = office.colleagues(sales, "anna")
        owner = anna.bare if where == "account" else sales
        office.suite.ctl("property", "set", where, owner, permission, value)
        assert told(office, anna, permission) == value

        assert act(office, anna, 2) == expected, value


def test_every_permission_is_in_the_matrix(office):
    anna = office.online("anna")
    refused = office.suite.ctl("why", anna.bare, "fly", check=False).stderr
    names = refused.split("expected one of: ")[1].strip().split(", ")
    assert set(names) == set(MATRIX) | set(LIMITS)


@pytest.mark.parametrize("way", [says_it_by_presence, leaves_a_file,
                                 has_a_room_invite])
def test_outside_is_not_written_to_by_other_means(office, way):
    anna, = office.colleagues(office.department("sales"), "anna")
    stranger = office.online("stranger")
    office.suite.ctl("property", "set", "account", anna.bare, "chat-outside",
                     "no")
    assert told(office, anna, "chat-outside") == "no"

    assert way(anna, stranger) == "not-allowed"


def test_who_is_seen_anyway_may_show_himself(office):
    anna, bert = office.colleagues(office.department("sales"), "anna", "bert")
    office.suite.ctl("property", "set", "account", anna.bare, "chat-outside",
                     "no")
    assert told(office, anna, "chat-outside") == "no"
    anna.presence(to=bert.jid, inside="<status>for you</status>")
    bert.waits_for(lambda e: "for you" in "".join(e.itertext()))


def test_the_server_and_the_account_decide_before_the_configuration(office):
    anna = office.online("anna")
    try:
        office.suite.ctl("property", "set", "server", "search", "no")
        assert told(office, anna, "search") == "no"
        assert searches(anna, None) == "forbidden"
        office.suite.ctl("property", "set", "account", anna.bare, "search",
                         "yes")
        assert told(office, anna, "search") == "yes"
        assert searches(anna, None) is None
    finally:
        office.suite.ctl("property", "unset", "server", "search")


def test_the_main_department_goes_first(office):
    strict, loose = office.department("strict"), office.department("loose")
    anna = office.online("anna")
    office.suite.ctl("property", "set", "department", strict, "search", "no")
    office.suite.ctl("property", "set", "department", loose, "search", "yes")
    office.employs(loose, anna)
    office.employs(strict, anna, "--main")
    assert told(office, anna, "search") == "no"
    office.employs(loose, anna, "--main")
    assert told(office, anna, "search") == "yes"


def test_a_limit_is_a_property(office):
    anna = office.online("anna")
    office.suite.ctl("property", "set", "account", anna.bare, "max-roster", "1")
    told(office, anna, "max-roster")
    item = "<query xmlns='jabber:iq:roster'><item jid='{}@localhost'/></query>"

    anna.set(item.format("first"))

    assert error_of(anna.iq("set", item.format("second"))) \
        == "resource-constraint"


def test_colleagues_may_be_written_to(office):
    sales = office.department("sales")
    office.suite.ctl("property", "set", "department", sales, "chat-outside",
                     "no")
    anna, bert = office.colleagues(sales, "anna", "bert")
    anna.send(bert.bare, "inside")
    bert.receives("inside")


def test_nobody_marks_presence_for_rooms_himself(office):
    anna = office.online("anna")
    room = f"own{anna.bare.split('@')[0]}@conference.localhost/me"
    anna.send_raw(f"<presence to='{room}'>{MUC}"
                  "<restricted xmlns='urn:posthouse:link:1'/></presence>")
    heard = anna.waits_for(lambda e: e.get("from") == room)
    assert error_of(heard) is None


def test_why_tells_where_a_decision_is_inherited_from(office):
    top = office.department("top")
    below = office.department("below", top)
    name = office.people.account("anna")
    office.employs(below, name)
    office.suite.ctl("property", "set", "department", top, "send-file", "no")
    bob = office.people.account("bob")

    rows = json.loads(office.suite.ctl("--json", "why", name, "send-file",
                                       bob).stdout)

    assert rows[0] == {"question": "send-file: no",
                       "because": f"a property of department {top}, inherited "
                                  f"by {below}"}
    assert rows[-1]["question"] == "verdict: refused"


def test_a_dry_run_counts_and_changes_nothing(office):
    top = office.department("top")
    below = office.department("below", top)
    for i in range(3):
        office.employs(below, office.people.account(f"p{i}x"))

    said = json.loads(office.suite.ctl(
        "--json", "property", "set", "department", top, "send-file", "no",
        "--dry-run").stdout)

    assert said == [{"what": "send-file", "count": 3}]
    assert json.loads(office.suite.ctl("--json", "property", "list",
                                       "department", top).stdout) == []


@pytest.mark.parametrize("words", [
    ("account", "nobody@localhost", "search", "no"),
    ("department", "nowhere", "search", "no"),
    ("server", "search", "perhaps"),
    ("server", "max-roster", "many"),
    ("department", "nowhere", "roster", "all"),
    ("planet", "earth", "search", "no"),
])
def test_a_wrong_property_is_refused(company, words):
    result = company.ctl("property", "set", *words, check=False)
    assert result.returncode == 1
    assert "posthousectl:" in result.stderr


def test_an_unknown_permission_is_refused(company):
    assert company.ctl("why", "anna", "fly", check=False).returncode == 1
