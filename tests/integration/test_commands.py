"""Administration in any client (XEP-0050, XEP-0133), and by posthousectl."""
import pytest

from suite import Suite
from test_departments import Office
from xmpp import Refused, StreamClosed, error_of

COMMANDS = "http://jabber.org/protocol/commands"
ADMIN = "http://jabber.org/protocol/admin"
ITEMS = (f"<query xmlns='http://jabber.org/protocol/disco#items' "
         f"node='{COMMANDS}'/>")


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


def run(client, node, **fields):
    """Asks for the form, fills it in; the answer."""
    form = client.iq("set", f"<command xmlns='{COMMANDS}' action='execute' "
                            f"node='{ADMIN}#{node}'/>", "localhost")
    if form.get("type") == "error":
        return form
    command = form.find(f"{{{COMMANDS}}}command")
    assert command.get("status") == "executing"
    assert command.find(".//{jabber:x:data}field[@var='FORM_TYPE']") is not None
    inside = "".join(
        f"<field var='{name}'>" + "".join(f"<value>{v}</value>" for v in values)
        + "</field>" for name, values in fields.items())
    return client.iq("set", f"<command xmlns='{COMMANDS}' action='complete' "
                            f"node='{ADMIN}#{node}' "
                            f"sessionid='{command.get('sessionid')}'>"
                            f"<x xmlns='jabber:x:data' type='submit'>{inside}"
                            "</x></command>", "localhost")


def is_done(answer):
    command = answer.find(f"{{{COMMANDS}}}command")
    return command is not None and command.get("status") == "completed"


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
    assert len(anna.get(ITEMS, "localhost")) == 0
    for node in ("disable-user", "reenable-user", "announce"):
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
    assert nodes == {f"{ADMIN}#{name}" for name in (
        "disable-user", "reenable-user", "announce")}
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
