"""The company as nodes of service discovery, in pages (XEP-0030, XEP-0059)."""
import pytest

from suite import Suite
from test_departments import Office
from xmpp import error_of

DISCO_ITEMS = "http://jabber.org/protocol/disco#items"
DISCO_INFO = "http://jabber.org/protocol/disco#info"
RSM = "{http://jabber.org/protocol/rsm}"


@pytest.fixture(scope="module")
def company():
    with Suite(domains=("localhost", "two.localhost")) as suite:
        yield suite


@pytest.fixture
def office(company, crowd_of):
    return Office(company, crowd_of(company))


def asks(client, node, inside="", ns=DISCO_ITEMS):
    return client.iq("get", f"<query xmlns='{ns}' node='{node}'>{inside}</query>",
                     "localhost")


def items(client, node, inside=""):
    """Names of departments and addresses of people, in order; and the set."""
    query = asks(client, node, inside).find(f"{{{DISCO_ITEMS}}}query")
    found = query.findall(f"{{{DISCO_ITEMS}}}item")
    return ([i.get("name") if i.get("node") else i.get("jid") for i in found],
            query.find(f"{RSM}set"))


def node_of(suite, name):
    number = suite.sql(f"SELECT id FROM department WHERE name = '{name}'")
    return f"directory/{number.strip()}"


def test_the_tree_and_its_people_are_walked(company, office):
    top = office.department("top")
    second, first = office.department("a", top), office.department("b", top)
    company.ctl("department", "change", second, "--rank", "2")
    company.ctl("department", "change", first, "--rank", "1")
    anna = office.online("anna")
    office.employs(top, anna)
    stranger = office.online("stranger")
    office.employs(office.department("marker"), stranger)

    root = [i for i in stranger.get(f"<query xmlns='{DISCO_ITEMS}'/>",
                                    "localhost") if i.get("node")]
    assert root[0].get("node") == "directory"
    assert top in items(stranger, "directory")[0]
    assert items(stranger, node_of(company, top))[0] == [first, second,
                                                         anna.bare]
    info = asks(stranger, node_of(company, top), ns=DISCO_INFO)
    identity = info.find(f".//{{{DISCO_INFO}}}identity")
    assert (identity.get("category"), identity.get("type"),
            identity.get("name")) == ("hierarchy", "branch", top)


def test_what_one_may_not_know_is_not_there(company, office):
    top = office.department("top")
    secret = office.department("secret", top)
    below = office.department("below", secret)
    company.ctl("property", "set", "department", secret, "visible-to", "self")
    company.ctl("property", "set", "department", below, "visible-to",
                "everyone")
    spy, = office.colleagues(secret, "spy")
    stranger = office.online("stranger")

    assert items(stranger, node_of(company, top))[0] == [below]
    answer = asks(stranger, node_of(company, top))
    assert secret not in "".join(str(i.attrib) for i in answer.iter())
    for ns in (DISCO_ITEMS, DISCO_INFO):
        for node in (node_of(company, secret), "directory/0", "directory/x"):
            assert error_of(asks(stranger, node, ns=ns)) == "item-not-found"
    assert items(spy, node_of(company, top))[0] == [secret]
    assert items(spy, node_of(company, secret))[0] == [below, spy.bare]


def test_who_may_not_search_does_not_browse(company, office):
    sales = office.department("sales")
    anna, = office.colleagues(sales, "anna")
    company.ctl("property", "set", "account", anna.bare, "search", "no")
    office.employs(office.department("marker"), anna)
    anna.roster()

    assert error_of(asks(anna, "directory")) == "item-not-found"
    assert "directory" not in [i.get("node") for i in anna.get(
        f"<query xmlns='{DISCO_ITEMS}'/>", "localhost")]


def test_a_large_department_comes_in_pages(company, office):
    large = office.department("large")
    names = sorted(office.people.name("p") for _ in range(7))
    company.add_users(*names)
    for name in names:
        office.employs(large, name)
    stranger = office.online("stranger")
    node = node_of(company, large)
    people = [f"{n}@localhost" for n in names]

    def page(inside):
        return items(stranger, node, "<set xmlns='http://jabber.org/protocol/"
                     f"rsm'>{inside}</set>")

    found, told = page("<max>3</max>")
    assert found == people[:3]
    assert told.findtext(f"{RSM}count") == "7"
    assert told.find(f"{RSM}first").get("index") == "0"
    found, told = page(f"<max>3</max><after>{people[2]}</after>")
    assert found == people[3:6]
    assert told.findtext(f"{RSM}last") == people[5]
    assert page("<max>2</max><before/>")[0] == people[5:]
    assert page(f"<max>2</max><before>{people[5]}</before>")[0] == people[3:5]
    found, told = page("<max>0</max>")
    assert found == [] and told.findtext(f"{RSM}count") == "7"
    assert error_of(asks(stranger, node, "<set xmlns='http://jabber.org/protocol/"
                         "rsm'><after>nobody@localhost</after></set>")) \
        == "item-not-found"
