"""Administration in any client (XEP-0050, XEP-0133), and by posthousectl."""
import xml.etree.ElementTree as ET

import pytest

from suite import Suite
from test_departments import Office
from xmpp import Refused, StreamClosed, error_of, is_message

COMMANDS = "http://jabber.org/protocol/commands"
ADMIN = "http://jabber.org/protocol/admin"
ITEMS = (f"<query xmlns='http://jabber.org/protocol/disco#items' "
         f"node='{COMMANDS}'/>")


NODES = ("add-user", "delete-user", "disable-user", "reenable-user",
         "end-user-session", "change-user-password", "user-stats",
         "get-registered-users-num", "get-disabled-users-num",
         "get-online-users-num", "get-active-users-num", "get-idle-users-num",
         "get-registered-users-list", "get-disabled-users-list",
         "get-online-users-list", "get-active-users", "get-idle-users",
         "announce", "set-motd", "edit-motd", "delete-motd", "set-welcome",
         "delete-welcome")


# What XEP-0133 does not have, in a namespace of ours.
OWN = "urn:posthouse:admin:1"
OWN_NODES = ("list-users", "show-user", "change-user", "list-sessions",
             "list-departments", "add-department", "change-department",
             "delete-department", "list-department-members",
             "add-department-member", "remove-department-member",
             "list-properties", "set-property", "unset-property",
             "send-message")
QUIET = "urn:posthouse:quiet:0#hours"  # everybody's


@pytest.fixture(scope="module")
def company():
    with Suite(sm=2, users=("root",),
               settings={"admins": '{"root@localhost"}'}) as suite:
        yield suite


@pytest.fixture
def office(company, crowd_of):
    return Office(company, crowd_of(company))


@pytest.fixture
def root(office):
    return office.people.login("root").comes_online()


def whole(node):
    return f"{OWN if node in OWN_NODES else ADMIN}#{node}"


def ask(client, node):
    """The command's form, or what it answers without one."""
    return client.iq("set", f"<command xmlns='{COMMANDS}' action='execute' "
                            f"node='{whole(node)}'/>", "localhost")


def run(client, node, **fields):
    """Asks for the form, fills it in; the answer."""
    form = ask(client, node)
    if form.get("type") == "error":
        return form
    command = form.find(f"{{{COMMANDS}}}command")
    assert command.get("status") == "executing"
    assert command.find(".//{jabber:x:data}field[@var='FORM_TYPE']") is not None
    inside = "".join(
        f"<field var='{name}'>" + "".join(f"<value>{v}</value>" for v in values)
        + "</field>" for name, values in fields.items())
    return client.iq("set", f"<command xmlns='{COMMANDS}' action='complete' "
                            f"node='{whole(node)}' "
                            f"sessionid='{command.get('sessionid')}'>"
                            f"<x xmlns='jabber:x:data' type='submit'>{inside}"
                            "</x></command>", "localhost")


def is_done(answer):
    command = answer.find(f"{{{COMMANDS}}}command")
    return command is not None and command.get("status") == "completed"


def values(answer, field):
    """What a form of results says."""
    assert is_done(answer), ET.tostring(answer)
    return [v.text for v in answer.iterfind(
        f".//{{jabber:x:data}}field[@var='{field}']/{{jabber:x:data}}value")]


def is_put_out(client):
    with pytest.raises(StreamClosed):
        while True:
            client.next()


def logs_in(office, client):
    try:
        office.people.login(client.bare.split("@")[0])
    except Refused:
        return False
    return True


def test_a_locked_account_loses_its_sessions_and_gets_none(office, root):
    anna = office.online("anna")

    assert is_done(run(root, "disable-user", accountjids=[anna.bare]))
    is_put_out(anna)
    assert not logs_in(office, anna)
    assert is_done(run(root, "reenable-user", accountjids=[anna.bare]))
    assert logs_in(office, anna)


def test_what_is_announced_is_read_by_all_who_are_online(office, root):
    anna = office.online("anna")
    assert is_done(run(root, "announce", announcement=["Fire drill", "at ten"]))
    anna.receives("Fire drill\nat ten")


def test_nobody_else_may(office):
    anna, bert = office.online("anna"), office.online("bert")
    assert [i.get("node") for i in anna.get(ITEMS, "localhost")] == [QUIET]
    for node in NODES + OWN_NODES:
        assert error_of(run(anna, node, accountjids=[bert.bare])) == "forbidden"
    bert.iq("get", "<ping xmlns='urn:xmpp:ping'/>")


def test_a_department_administrator_rules_his_part_alone(office):
    sales, labs = office.department("sales"), office.department("labs")
    north = office.department("north", sales)
    boss = office.online("boss")
    anna, bert = office.colleagues(north, "anna", "bert")
    dora, = office.colleagues(labs, "dora")
    stranger = office.online("stranger")
    office.employs(labs, bert)
    office.employs(sales, boss, "--admin")
    anna.receives_push(boss.bare)

    for outside in (dora, stranger, bert):
        answer = run(boss, "disable-user", accountjids=[outside.bare])
        assert error_of(answer) == "forbidden"
    both = run(boss, "disable-user", accountjids=[anna.bare, dora.bare])
    assert error_of(both) == "forbidden"
    anna.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
    assert is_done(run(boss, "disable-user", accountjids=[anna.bare]))
    is_put_out(anna)


def test_mistakes_are_answered(office, root):
    assert error_of(run(root, "fly")) == "item-not-found"
    assert error_of(run(root, "disable-user", accountjids=[])) == "bad-request"
    assert error_of(run(root, "disable-user",
                        accountjids=["a@elsewhere"])) == "bad-request"
    assert error_of(run(root, "disable-user",
                        accountjids=["nobody@localhost"])) == "item-not-found"
    assert error_of(run(root, "announce", announcement=[])) == "bad-request"


def test_commands_are_found(office, root):
    nodes = {i.get("node") for i in root.get(ITEMS, "localhost")}
    assert nodes == {whole(name) for name in NODES + OWN_NODES} | {QUIET}
    info = ("<query xmlns='http://jabber.org/protocol/disco#info' "
            f"node='{ADMIN}#announce'/>")
    assert root.get(info, "localhost")[0].get("type") == "command-node"
    cancelled = root.set(f"<command xmlns='{COMMANDS}' action='cancel' "
                         f"node='{ADMIN}#announce'/>", "localhost")
    assert cancelled.get("status") == "canceled"


def test_the_command_line_does_the_same(company, office):
    anna = office.online("anna")
    company.ctl("user", "disable", anna.bare)
    is_put_out(anna)
    assert not logs_in(office, anna)
    company.ctl("user", "enable", anna.bare)
    assert logs_in(office, anna)
    assert company.ctl("user", "disable", "nobody@localhost",
                       check=False).returncode == 1


# --- what XEP-0133 has besides ------------------------------------------------
def adds(client, name, password="a long secret", again=None, **more):
    return run(client, "add-user", accountjid=[f"{name}@localhost"],
               password=[password], **{"password-verify": [again or password]},
               **{key: [value] for key, value in more.items()})


def test_a_user_is_added_and_logs_in(company, office, root):
    name = office.people.name("newcomer")
    assert is_done(adds(root, name, email="new@example.org",
                        given_name="Nina", surname="New"))
    person = office.people.login(name, password="a long secret")
    assert person.bare == f"{name}@localhost"
    assert "Nina New\tnew@example.org" in company.ctl(
        "user", "show", person.bare).stdout
    assert error_of(adds(root, name)) == "conflict"


def test_a_user_is_not_added_with_mistakes(office, root):
    name = office.people.name("newcomer")
    assert error_of(adds(root, name, again="other")) == "not-acceptable"
    assert error_of(adds(root, name, password="x")) == "not-acceptable"
    assert error_of(adds(root, "a b")) == "bad-request"
    assert error_of(adds(root, name, department="nowhere")) == "not-acceptable"
    assert error_of(run(root, "add-user", accountjid=["a@elsewhere"],
                        password=["x"])) == "bad-request"


def test_a_deleted_user_is_gone(office, root):
    anna, bert = office.online("anna"), office.online("bert")
    assert is_done(run(root, "delete-user",
                       accountjids=[anna.bare, bert.bare]))
    is_put_out(anna)
    is_put_out(bert)
    assert not logs_in(office, anna)
    assert error_of(run(root, "delete-user",
                        accountjids=[anna.bare])) == "item-not-found"


def test_a_new_password_takes_the_place_of_the_old(office, root):
    anna = office.online("anna")
    name = anna.bare.split("@")[0]
    assert is_done(run(root, "change-user-password", accountjid=[anna.bare],
                       password=["quite another one"]))
    assert not logs_in(office, anna)
    office.people.login(name, password="quite another one")
    assert error_of(run(root, "change-user-password", accountjid=[anna.bare],
                        password=["x"])) == "not-acceptable"
    assert error_of(run(root, "change-user-password",
                        accountjid=["nobody@localhost"],
                        password=["quite another one"])) == "item-not-found"


def test_one_session_or_all_are_ended(office, root):
    name = office.people.account("anna")
    first, second, third = (office.people.login(name, resource=r).comes_online()
                            for r in ("one", "two", "three"))
    assert is_done(run(root, "end-user-session", accountjids=[first.jid]))
    is_put_out(first)
    second.get("<query xmlns='jabber:iq:version'/>", "localhost")
    assert is_done(run(root, "end-user-session", accountjids=[third.bare]))
    is_put_out(second)
    is_put_out(third)
    assert logs_in(office, first)


def test_users_are_counted_and_listed(company, office, root):
    people = [office.online(f"p{i}") for i in range(6)]
    gone = office.people.account("gone")
    company.ctl("user", "disable", f"{gone}@localhost")

    assert int(values(ask(root, "get-registered-users-num"),
                      "registeredusersnum")[0]) >= 8
    assert int(values(ask(root, "get-disabled-users-num"),
                      "disabledusersnum")[0]) >= 1
    assert int(values(ask(root, "get-online-users-num"),
                      "onlineusersnum")[0]) >= 7
    assert int(values(ask(root, "get-active-users-num"),
                      "activeusersnum")[0]) >= 7
    assert int(values(ask(root, "get-idle-users-num"), "idleusersnum")[0]) >= 0
    online = values(run(root, "get-online-users-list"), "onlineuserjids")
    assert {p.bare for p in people} <= set(online)
    assert f"{gone}@localhost" not in online
    assert f"{gone}@localhost" in values(
        run(root, "get-disabled-users-list"), "disableduserjids")
    assert len(values(run(root, "get-registered-users-list", max_items=["3"]),
                      "registereduserjids")) == 3
    assert root.bare in values(run(root, "get-active-users"), "activeuserjids")
    assert root.bare not in values(run(root, "get-idle-users"),
                                   "activeuserjids")


def test_a_user_has_statistics(office, root):
    anna, bert = office.colleagues(office.department(), "anna", "bert")
    answer = run(root, "user-stats", accountjid=[anna.bare])
    assert values(answer, "onlineresources") == [anna.jid.split("/")[1]]
    assert values(answer, "ipaddresses") == ["127.0.0.1"]
    assert values(answer, "rostersize") == ["1"]


def test_a_department_administrator_sees_and_adds_his_own_alone(office, root):
    sales, labs = office.department("sales"), office.department("labs")
    boss = office.online("boss")
    anna, = office.colleagues(sales, "anna")
    dora, = office.colleagues(labs, "dora")
    office.employs(sales, boss, "--admin")
    anna.receives_push(boss.bare)
    name = office.people.name("newcomer")

    assert sorted(values(run(boss, "get-online-users-list"),
                         "onlineuserjids")) == sorted([anna.bare, boss.bare])
    assert values(ask(boss, "get-registered-users-num"),
                  "registeredusersnum") == ["2"]
    assert error_of(run(boss, "user-stats",
                        accountjid=[dora.bare])) == "forbidden"
    assert error_of(run(boss, "end-user-session",
                        accountjids=[dora.bare])) == "forbidden"
    assert error_of(run(boss, "change-user-password", accountjid=[dora.bare],
                        password=["quite another one"])) == "forbidden"
    assert error_of(adds(boss, name)) == "not-acceptable"
    assert error_of(adds(boss, name, department=labs)) == "forbidden"
    assert is_done(adds(boss, name, department=sales))
    anna.receives_push(f"{name}@localhost")
    for node in ("set-motd", "edit-motd", "delete-motd", "set-welcome"):
        assert error_of(run(boss, node)) == "forbidden"
    options = ask(boss, "announce").iterfind(".//{jabber:x:data}option")
    assert [o.get("label") for o in options] == [sales]
    assert error_of(run(boss, "announce", announcement=["x"])) == "forbidden"
    assert error_of(run(boss, "announce", announcement=["x"],
                        group=[labs])) == "forbidden"
    assert is_done(run(boss, "announce", announcement=["For sales"],
                       group=[sales]))
    anna.receives("For sales", "localhost")
    dora.hears_nothing_of(is_message)


@pytest.mark.parametrize("action, why", [
    ("next", "bad-action"), ("prev", "bad-action"), ("fly", "malformed-action")])
def test_an_action_that_is_none_is_refused(root, action, why):
    answer = root.iq("set", f"<command xmlns='{COMMANDS}' action='{action}' "
                            f"node='{ADMIN}#get-online-users-num'/>", "localhost")
    assert error_of(answer) == "bad-request"
    assert answer.find(f".//{{{COMMANDS}}}{why}") is not None


def test_passwords_are_not_shown_to_anybody(office, root):
    assert error_of(ask(root, "get-user-password")) == "item-not-found"


# --- what XEP-0133 does not have --------------------------------------------------
def rows(answer):
    """The table of a form of results."""
    return [{f.get("var"): [v.text for v in f] for f in item}
            for item in answer.iterfind(".//{jabber:x:data}item")]


def test_a_department_comes_and_goes_in_a_client(office, root):
    name = office.people.name("dep")
    anna = office.online("anna")
    bert = office.online("bert")
    office.employs(office.department("other"), bert)

    assert is_done(run(root, "add-department", name=[name]))
    assert error_of(run(root, "add-department", name=[name])) == "conflict"
    for person in (anna, bert):
        assert is_done(run(root, "add-department-member", department=[name],
                           accountjid=[person.bare]))
    anna.receives_push(bert.bare)
    shown = rows(run(root, "list-department-members", department=[name]))
    assert {row["jid"][0] for row in shown} == {anna.bare, bert.bare}
    assert is_done(run(root, "remove-department-member", department=[name],
                       accountjid=[bert.bare]))
    assert is_done(run(root, "change-department", department=[name],
                       name=[f"{name}-new"]))
    assert [row["path"] for row in rows(run(
        root, "list-departments", department=[f"{name}-new"]))] == [
            [f"{name}-new"]]
    assert is_done(run(root, "delete-department", department=[f"{name}-new"]))
    assert values(run(root, "show-user", accountjid=[anna.bare]),
                  "departments") == []


def test_a_user_is_renamed_in_a_client(office, root):
    anna = office.online("anna")
    assert is_done(run(root, "change-user", accountjid=[anna.bare],
                       name=["Anna Ames"], email=["anna@example.org"]))
    answer = run(root, "show-user", accountjid=[anna.bare])
    assert values(answer, "name") == ["Anna Ames"]
    assert values(answer, "email") == ["anna@example.org"]
    found = rows(run(root, "list-users", search=["anna ames"]))
    assert [row["jid"] for row in found] == [[anna.bare]]
