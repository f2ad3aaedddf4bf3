"""Departments as groups of everybody's roster, changed while people are online."""
import pytest

from suite import Suite
from xmpp import CLIENT, ROSTER, error_of

ITEM = "<query xmlns='jabber:iq:roster'>{}</query>"


@pytest.fixture(scope="module")
def company():
    with Suite(sm=2) as suite:
        yield suite


@pytest.fixture
def staff(company, crowd_of):
    return crowd_of(company)


class Office:
    """Departments of a test's own, and the people in them."""

    def __init__(self, suite, people):
        self.suite = suite
        self.people = people

    def department(self, like="office", parent=None):
        name = self.people.name(like)
        above = ("--parent", parent) if parent else ()
        self.suite.ctl("department", "add", name, *above)
        return name

    def employs(self, department, client_or_name, *flags):
        name = getattr(client_or_name, "bare", client_or_name)
        self.suite.ctl("department", "member", "add", department,
                       name if "@" in name else f"{name}@{self.suite.domain}",
                       *flags)

    def online(self, like="user"):
        """Somebody who has asked for his roster."""
        client = self.people.online(like)
        client.roster()
        return client

    def colleagues(self, department, *likes):
        """People of one department, all online, each of whom has been told."""
        people = [self.online(like) for like in likes]
        for person in people:
            self.employs(department, person)
        for person in people:
            for other in people:
                if other is not person:
                    person.receives_push(other.bare)
                    person.receives_presence(other.jid)
        return people


@pytest.fixture
def office(company, staff):
    return Office(company, staff)


def groups(item):
    return sorted(g.text for g in item.iter(f"{ROSTER}group"))


def test_a_new_hire_appears_in_all_colleagues_rosters(office):
    sales = office.department()
    anna, bert = office.colleagues(sales, "anna", "bert")
    carl = office.online("carl")

    office.employs(sales, carl)

    for old in (anna, bert):
        item = old.receives_push(carl.bare)
        assert item.get("subscription") == "both"
        assert item.get("name") == carl.bare.split("@")[0].title()
        assert groups(item) == [sales]
        old.receives_presence(carl.jid)
        assert groups(carl.receives_push(old.bare)) == [sales]
        carl.receives_presence(old.jid)


def test_a_plain_insert_does_the_same(company, office):
    sales = office.department()
    anna, = office.colleagues(sales, "anna")
    bert = office.online("bert")

    company.sql("INSERT INTO department_member (domain, department, username) "
                f"VALUES ('localhost', department_at('localhost', '{sales}'), "
                f"'{bert.bare.split('@')[0]}')")

    anna.receives_push(bert.bare)
    anna.receives_presence(bert.jid)


def test_who_logs_in_has_his_department_and_sees_who_is_there(office):
    sales = office.department()
    anna, = office.colleagues(sales, "anna")
    name = office.people.account("bert")
    office.employs(sales, name)
    anna.receives_push(f"{name}@localhost")

    bert = office.people.login(name)
    roster = bert.roster()
    bert.comes_online()

    assert groups(roster[anna.bare]) == [sales]
    assert roster[anna.bare].get("subscription") == "both"
    bert.receives_presence(anna.jid)
    anna.receives_presence(bert.jid)
    bert.leaves()
    anna.receives_presence(bert.jid, "unavailable")


def test_a_move_is_one_push_with_the_right_groups(office):
    top = office.department("top")
    old, new = (office.department(like, top) for like in ("old", "new"))
    boss = office.online("boss")
    office.employs(top, boss)
    office.suite.ctl("property", "set", "department", top, "roster", "branch")
    anna = office.online("anna")
    office.employs(old, anna)
    assert groups(boss.receives_push(anna.bare)) == [old]
    anna.receives_push(boss.bare)

    office.suite.ctl("department", "member", "move", old, anna.bare, new)

    assert groups(boss.receives_push(anna.bare)) == [new]
    boss.hears_nothing_of(lambda e: e.find(".//*[@subscription='remove']")
                          is not None)
    boss.hears_nothing_of(lambda e: e.get("type") == "unavailable")


def test_who_leaves_the_department_leaves_the_rosters(office):
    sales = office.department()
    anna, bert = office.colleagues(sales, "anna", "bert")

    office.suite.ctl("department", "member", "del", sales, bert.bare)

    assert anna.receives_push(bert.bare).get("subscription") == "remove"
    anna.receives_presence(bert.jid, "unavailable")
    assert bert.receives_push(anna.bare).get("subscription") == "remove"
    assert bert.roster() == {}


def test_a_chain_shows_the_departments_above(office):
    top = office.department("top")
    below = office.department("below", top)
    boss, clerk = office.online("boss"), office.online("clerk")
    office.employs(top, boss)
    office.employs(below, clerk)

    item = clerk.receives_push(boss.bare)

    assert item.get("subscription") == "to"
    clerk.receives_presence(boss.jid)
    assert boss.roster() == {}
    boss.hears_nothing_of(lambda e: clerk.bare in e.get("from", ""))


def test_other_departments_are_chosen_by_a_property(office):
    sales, support = office.department("sales"), office.department("support")
    anna, bert = office.online("anna"), office.online("bert")
    office.employs(sales, anna)
    office.employs(support, bert)

    office.suite.ctl("property", "set", "department", sales, "roster-also",
                     support)

    assert groups(anna.receives_push(bert.bare)) == [support]
    office.suite.ctl("property", "unset", "department", sales, "roster-also")
    assert anna.receives_push(bert.bare).get("subscription") == "remove"


def test_a_renamed_department_is_a_renamed_group(office):
    sales = office.department()
    anna, bert = office.colleagues(sales, "anna", "bert")

    office.suite.ctl("department", "change", sales, "--name", sales + "-new")

    assert groups(anna.receives_push(bert.bare)) == [sales + "-new"]
    assert groups(bert.receives_push(anna.bare)) == [sales + "-new"]


def test_own_items_and_the_directory_are_one(office):
    sales = office.department()
    anna, bert = office.colleagues(sales, "anna", "bert")

    anna.set(ITEM.format(f"<item jid='{bert.bare}' name='Bertie'>"
                         f"<group>Chess</group></item>"))

    item = anna.receives_push(bert.bare)
    assert item.get("name") == "Bertie"
    assert item.get("subscription") == "both"
    assert groups(item) == sorted(["Chess", sales])
    office.suite.ctl("department", "member", "del", sales, bert.bare)
    item = anna.receives_push(bert.bare)
    assert groups(item) == ["Chess"]
    assert item.get("subscription") == "none"


def test_the_directory_keeps_its_contacts(office):
    sales = office.department()
    anna, bert = office.colleagues(sales, "anna", "bert")

    answer = anna.iq("set", ITEM.format(
        f"<item jid='{bert.bare}' subscription='remove'/>"))

    assert error_of(answer) == "not-allowed"
    anna.presence("unsubscribe", to=bert.bare)
    anna.receives_error("not-allowed", "presence")
    anna.presence("subscribe", to=bert.bare)
    anna.receives_presence(bert.bare, "subscribed")
    bert.hears_nothing_of(lambda e: e.get("type") == "subscribe")


def test_an_own_item_may_go_while_the_directory_keeps_the_contact(office):
    sales = office.department()
    anna, bert = office.colleagues(sales, "anna", "bert")
    anna.set(ITEM.format(f"<item jid='{bert.bare}' name='Bertie'/>"))
    anna.receives_push(bert.bare)

    anna.set(ITEM.format(f"<item jid='{bert.bare}' subscription='remove'/>"))

    item = anna.receives_push(bert.bare)
    assert item.get("subscription") == "both"
    bert.hears_nothing_of(lambda e: e.get("type") == "unavailable")


def test_the_roster_version_counts_the_directory(office):
    sales = office.department()
    anna, bert = office.colleagues(sales, "anna", "bert")
    query = "<query xmlns='jabber:iq:roster' ver='{}'/>"
    ver = anna.get(query.format("")).get("ver")
    assert anna.get(query.format(ver)) is None

    office.suite.ctl("department", "member", "del", sales, bert.bare)
    anna.receives_push(bert.bare)

    assert anna.get(query.format(ver)).get("ver") != ver


def test_a_blocked_colleague_sees_nothing(office):
    sales = office.department()
    anna, bert = office.colleagues(sales, "anna", "bert")

    anna.set("<block xmlns='urn:xmpp:blocking'>"
             f"<item jid='{bert.bare}'/></block>")

    bert.receives_presence(anna.jid, "unavailable")
    anna.presence(inside="<show>away</show>")
    bert.hears_nothing_of(lambda e: e.findtext(CLIENT + "show") == "away")
    anna.set("<unblock xmlns='urn:xmpp:blocking'>"
             f"<item jid='{bert.bare}'/></unblock>")
    bert.receives_presence(anna.jid)


def test_people_whom_one_may_not_know_do_not_exist(office):
    secret = office.department("secret")
    office.suite.ctl("property", "set", "department", secret, "visible-to",
                     "self")
    spy, = office.colleagues(secret, "spy")
    anna = office.online("anna")
    nobody = f"{office.people.name('nobody')}@localhost"
    queries = ("<vCard xmlns='vcard-temp'/>",
               "<query xmlns='http://jabber.org/protocol/disco#info'/>",
               "<query xmlns='http://jabber.org/protocol/disco#items'/>",
               "<query xmlns='jabber:iq:last'/>",
               "<ping xmlns='urn:xmpp:ping'/>")

    for query in queries:
        assert (error_of(anna.iq("get", query, spy.bare))
                == error_of(anna.iq("get", query, nobody))
                == "service-unavailable"), query
    anna.send(spy.bare, "who are you")
    anna.receives_error("service-unavailable")
    anna.send(spy.jid, "who are you")
    anna.receives_error("service-unavailable")
    anna.presence("subscribe", to=spy.bare)
    anna.presence(to=spy.bare)
    spy.hears_nothing_of(lambda e: anna.bare in e.get("from", ""))
    form = ("<query xmlns='jabber:iq:search'><nick>{}</nick></query>")
    found = anna.set(form.format(spy.bare.split("@")[0]), "localhost")
    assert spy.bare not in [i.get("jid") for i in found]
    found = spy.set(form.format(anna.bare.split("@")[0]), "localhost")
    assert anna.bare in [i.get("jid") for i in found]


def test_whom_somebody_has_in_his_own_roster_may_know_him(office):
    secret = office.department("secret")
    office.suite.ctl("property", "set", "department", secret, "visible-to",
                     "nobody")
    spy, = office.colleagues(secret, "spy")
    anna = office.online("anna")
    anna.send(spy.bare, "too early")
    anna.receives_error("service-unavailable")

    spy.set(ITEM.format(f"<item jid='{anna.bare}'/>"))

    anna.send(spy.bare, "now")
    spy.receives("now", anna.jid)


def test_departments_outlive_the_session_manager(company, office):
    sales = office.department()
    anna, bert = office.colleagues(sales, "anna", "bert")
    carl = office.online("carl")

    for _ in range(2):
        company.kill_one("sm")
    office.employs(sales, carl)

    assert groups(anna.receives_push(carl.bare)) == [sales]
    anna.receives_presence(carl.jid)
    assert groups(carl.receives_push(bert.bare)) == [sales]
    carl.receives_presence(bert.jid)


def test_a_removed_account_leaves_the_rosters(company, office):
    sales = office.department()
    anna, bert = office.colleagues(sales, "anna", "bert")

    company.ctl("user", "del", bert.bare)

    assert anna.receives_push(bert.bare).get("subscription") == "remove"
    anna.receives_presence(bert.jid, "unavailable")


def found_in(client, department):
    """Whom a search for a department finds, with what it tells of theirs."""
    answer = client.set(
        "<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' "
        f"type='submit'><field var='department'><value>{department}</value>"
        "</field></x></query>", "localhost")
    data = "{jabber:x:data}"
    rows = [{f.get("var"): f.findtext(f"{data}value")
             for f in item.iterfind(f"{data}field")}
            for item in answer.iter(f"{data}item")]
    return {r["jid"]: r["department"] for r in rows}


def test_people_are_found_by_department(company, office):
    sales, secret = office.department("sales"), office.department("secret")
    company.ctl("property", "set", "department", secret, "visible-to", "self")
    anna, bert = office.colleagues(sales, "anna", "bert")
    spy, = office.colleagues(secret, "spy")
    stranger = office.online("stranger")

    assert found_in(stranger, sales) == {anna.bare: sales, bert.bare: sales}
    assert set(found_in(stranger, sales[:4] + "*")) >= {anna.bare, bert.bare}
    assert found_in(stranger, secret) == {}
    assert found_in(stranger, "nowhere") == {}


def test_a_department_that_one_may_not_know_is_not_in_what_is_found(company,
                                                                    office):
    sales, secret = office.department("sales"), office.department("secret")
    company.ctl("property", "set", "department", secret, "visible-to", "self")
    anna, = office.colleagues(sales, "anna")
    office.employs(secret, anna)
    spy, = office.colleagues(secret, "spy")
    stranger = office.online("stranger")

    assert found_in(stranger, sales) == {anna.bare: sales}
    assert found_in(stranger, secret) == {}
    assert found_in(spy, sales) == {anna.bare: f"{sales}, {secret}"}


def test_a_hidden_name_in_a_path_is_not_searched_for(company, office):
    secret = office.department("secret")
    below = office.department("below", secret)
    company.ctl("property", "set", "department", secret, "visible-to", "self")
    company.ctl("property", "set", "department", below, "visible-to",
                "everyone")
    anna, = office.colleagues(below, "anna")
    stranger = office.online("stranger")

    assert found_in(stranger, below) == {anna.bare: below}
    assert found_in(stranger, f"*{secret}*") == {}


def test_whom_one_may_not_know_takes_no_place_in_what_is_found(company, office,
                                                               own_suite):
    with_limit = own_suite(settings={"sm.search-max-results": "2"})
    crowd = type(office.people)(with_limit)
    few = Office(with_limit, crowd)
    secret, sales = few.department("secret"), few.department("sales")
    with_limit.ctl("property", "set", "department", secret, "visible-to", "self")
    for like in ("a", "b", "c"):
        few.employs(secret, crowd.account(like))
    for like in ("x", "y"):
        few.employs(sales, crowd.account(like))
    stranger = few.online("z")

    assert len(found_in(stranger, "s*")) == 2
    crowd.close()


def test_people_are_found_by_property(own_suite, crowd_of):
    suite = own_suite(settings={"directory.search-properties": "{skill}"})
    crowd = crowd_of(suite)
    anna, bert = crowd.online("anna"), crowd.online("bert")
    suite.ctl("property", "set", "account", anna.bare, "skill", "XML, C")
    suite.ctl("property", "set", "account", anna.bare, "broadcast", "yes")
    suite.ctl("property", "set", "account", bert.bare, "skill", "cooking")

    form = bert.get("<query xmlns='jabber:iq:search'/>", "localhost")
    variables = [f.get("var") for f in form.iter("{jabber:x:data}field")]
    assert "property.skill" in variables
    assert "property.broadcast" not in variables
    question = ("<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' "
                "type='submit'><field var='property.{}'><value>{}</value></field>"
                "</x></query>")
    answer = bert.set(question.format("skill", "*xml*"), "localhost")
    found = {f.get("var"): f.findtext("{jabber:x:data}value") for f in
             answer.iterfind(".//{jabber:x:data}item/{jabber:x:data}field")}
    assert found["jid"] == anna.bare
    assert found["property.skill"] == "XML, C"
    assert error_of(bert.iq("set", question.format("broadcast", "yes"),
                            "localhost")) == "not-acceptable"


def test_departments_of_one_name_are_told_apart(company, office):
    sales, service = office.department("sales"), office.department("service")
    east = office.people.name("east")
    for above in (sales, service):
        company.ctl("department", "add", east, "--parent", above)
    anna, bert, carl, dora = (office.online(like) for like in
                              ("anna", "bert", "carl", "dora"))
    for path, people in ((f"{sales}/{east}", (anna, bert)),
                         (f"{service}/{east}", (carl, dora))):
        for person in people:
            office.employs(path, person)

    assert groups(anna.receives_push(bert.bare)) == [f"{sales}/{east}"]
    assert groups(carl.receives_push(dora.bare)) == [f"{service}/{east}"]
    assert carl.bare not in anna.roster()
    refused = company.ctl("department", "member", "add", east, carl.bare,
                          check=False)
    assert refused.returncode == 1
    assert f"{sales}/{east}, {service}/{east}" in refused.stderr

    company.ctl("department", "change", f"{service}/{east}", "--name",
                east + "-new")
    assert groups(anna.receives_push(bert.bare)) == [east]
    assert groups(carl.receives_push(dora.bare)) == [east + "-new"]


def test_paths_follow_when_a_department_is_renamed_or_moved(company, office):
    top, other = office.department("top"), office.department("other")
    middle = office.department("middle", top)
    below = office.department("below", middle)

    def path_of(name):
        return company.sql("SELECT path FROM department WHERE domain = "
                           f"'localhost' AND name = '{name}'")

    assert f"{top}/{middle}/{below}" in str(path_of(below))
    company.ctl("department", "change", top, "--name", top + "x")
    assert f"{top}x/{middle}/{below}" in str(path_of(below))
    company.ctl("department", "change", middle, "--parent", other)
    assert f"{other}/{middle}/{below}" in str(path_of(below))
    company.ctl("department", "change", middle, "--parent", "")
    assert f"{middle}/{below}" in str(path_of(below))
    refused = company.ctl("department", "change", middle, "--parent", below,
                          check=False)
    assert "below itself" in refused.stderr
