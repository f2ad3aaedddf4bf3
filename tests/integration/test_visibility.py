"""Nobody is found out through a side door: whom one may not know does not answer,
is not found and is in no list, whatever is asked."""
import pytest

from suite import PASSWORD, Suite
from test_broadcast import ITEMS, allow, group
from test_departments import Office
from xmpp import error_of

ADMIN = "http://jabber.org/protocol/admin"
SEARCH = "<query xmlns='jabber:iq:search'><nick>*</nick></query>"


@pytest.fixture(scope="module")
def company():
    with Suite(sm=2, domains=("localhost", "two.localhost")) as suite:
        yield suite


@pytest.fixture
def office(company, crowd_of):
    return Office(company, crowd_of(company))


def hide(office, department):
    office.suite.ctl("property", "set", "department", department, "visible-to",
                     "self")


@pytest.fixture
def spy(office):
    """Somebody online whom only his own department knows."""
    secret = office.department("secret")
    hide(office, secret)
    client, = office.colleagues(secret, "spy")
    return client


def of_the_other_domain(office, like):
    """Somebody of the suite's second domain."""
    name = office.people.name(like)
    office.suite.add_users(name, domain="two.localhost")
    client = office.people.connect(domain="two.localhost").secure()
    return client.plain(name, PASSWORD).bind().comes_online()


def test_news_tell_nobody_who_is_there(office, spy):
    anna = office.online("anna")
    nobody = f"{office.people.name('nobody')}@localhost"
    for address in (spy.bare, nobody):
        anna.send(address, "news", kind="headline")
    anna.get("<ping xmlns='urn:xmpp:ping'/>")
    anna.hears_nothing_of(lambda e: e.get("type") == "error")
    spy.hears_nothing_of(lambda e: "news" in "".join(e.itertext()))


def test_whom_somebody_has_sent_his_presence_may_know_him(office, spy):
    anna = office.online("anna")
    anna.send(spy.bare, "too early")
    anna.receives_error("service-unavailable")

    spy.presence(to=anna.jid)
    anna.receives_presence(spy.jid)

    anna.send(spy.bare, "now")
    spy.receives("now", anna.jid)


MUC = "http://jabber.org/protocol/muc"


def invites(client, room, *people):
    client.send_raw(f"<message to='{room}'><x xmlns='{MUC}#user'>" + "".join(
        f"<invite to='{p.bare}'><reason>come here</reason></invite>"
        for p in people) + "</x></message>")


def own_room(client, *config):
    """A room of the client's, which hides addresses from all but moderators."""
    room = f"r{client.bare.split('@')[0]}@conference.localhost"
    client.send_raw(f"<presence to='{room}/me'><x xmlns='{MUC}'/></presence>")
    client.waits_for(lambda e: e.get("from") == f"{room}/me")
    client.set(f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' "
               "type='submit'/></query>", room)
    return room


def is_invitation(element):
    return element.find(f"{{{MUC}#user}}x/{{{MUC}#user}}invite") is not None


def test_a_room_invites_nobody_whom_the_inviter_may_not_know(office, spy):
    anna, bert = office.online("anna"), office.online("bert")
    room = own_room(anna)

    invites(anna, room, spy, bert)

    told = bert.waits_for(is_invitation)
    assert "urn:posthouse" not in "".join(e.tag for e in told.iter())
    spy.hears_nothing_of(is_invitation)
    anna.hears_nothing_of(lambda e: e.get("type") == "error")
    spy.set("<query xmlns='jabber:iq:roster'>"
            f"<item jid='{anna.bare}'/></query>")
    invites(anna, room, spy)
    spy.waits_for(is_invitation)


def test_a_speaker_knows_no_group_whose_people_he_may_not_know(company, office):
    secret, open_one = office.department("secret"), office.department("open")
    hide(office, secret)
    spy, = office.colleagues(secret, "spy")
    boss = office.online("boss")
    allow(office, boss)

    shown = {i.get("name") for i in boss.get(ITEMS, "broadcast.localhost")}
    assert open_one in shown
    assert secret not in shown
    boss.send(group(secret, company), "who is there")
    boss.receives_error("item-not-found")
    spy.hears_nothing_of(lambda e: "who is there" in "".join(e.itertext()))


def test_who_may_not_speak_does_not_learn_which_groups_there_are(company,
                                                                 office):
    sales = office.department("sales")
    anna = office.online("anna")
    for name in (sales, "nowhere"):
        anna.send(group(name, company), "hello")
        anna.receives_error("forbidden")


def test_another_domain_is_not_searched(office):
    anna = office.online("anna")
    stranger = of_the_other_domain(office, "stranger")
    assert error_of(stranger.iq("set", SEARCH, "localhost")) == "forbidden"
    assert error_of(stranger.iq("set", SEARCH, "two.localhost")) is None
    assert error_of(anna.iq("set", SEARCH, "two.localhost")) == "forbidden"


def test_who_speaks_for_one_domain_does_not_speak_to_another(office):
    boss = office.online("boss")
    allow(office, boss)
    stranger = of_the_other_domain(office, "stranger")
    command = (f"<command xmlns='http://jabber.org/protocol/commands' "
               f"node='{ADMIN}#announce'><x xmlns='jabber:x:data' "
               "type='submit'><field var='announcement'><value>hear me</value>"
               "</field><field var='group'><value>online</value></field></x>"
               "</command>")

    assert error_of(boss.iq("set", command, "two.localhost")) == "forbidden"
    assert error_of(boss.iq("set", command, "localhost")) is None
    stranger.hears_nothing_of(lambda e: "hear me" in "".join(e.itertext()))
