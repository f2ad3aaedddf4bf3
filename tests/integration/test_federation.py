"""People of two suites talk to each other: s2sd (RFC 6120, XEP-0220)."""
import pytest

from conftest import People, befriend
from federation import MANTUA, VERONA, log_of, two_suites
from test_broadcast import eventually
from xmpp import CLIENT, error_of

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def cities():
    with two_suites() as suites:
        yield suites


@pytest.fixture
def pair(cities):
    """Somebody online at each."""
    crowds = [People(suite) for suite in cities]
    yield crowds[0].online("romeo"), crowds[1].online("juliet")
    for crowd in crowds:
        crowd.close()


def test_a_message_reaches_another_server_and_is_answered(pair, cities):
    romeo, juliet = pair

    romeo.send(juliet.jid, "what light?")
    juliet.receives("what light?", sender=romeo.jid)
    juliet.send(romeo.jid, "wherefore?")
    romeo.receives("wherefore?", sender=juliet.jid)

    assert "federation-verified" in log_of(cities[0])
    assert "federation-verified" in log_of(cities[1])


def test_many_messages_keep_their_order(pair):
    romeo, juliet = pair

    for i in range(300):
        romeo.send(juliet.jid, f"line {i}")
    for i in range(300):
        juliet.receives(f"line {i}", sender=romeo.jid)


def test_both_subscribe_and_see_each_other(pair):
    romeo, juliet = pair

    befriend(romeo, juliet)
    juliet.presence(inside="<show>away</show>")
    seen = romeo.receives_presence(juliet.jid)
    assert seen.findtext(CLIENT + "show") in (None, "away")
    juliet.leaves()
    romeo.receives_presence(juliet.jid, "unavailable")


def test_who_comes_online_later_sees_his_contact_there(pair, cities):
    romeo, juliet = pair
    befriend(romeo, juliet)

    romeo.leaves()
    again = People(cities[0])
    romeo = again.again(romeo)
    romeo.receives_presence(juliet.jid)  # the answer to a probe
    again.close()


def test_a_message_waits_for_who_is_offline_there(pair, cities):
    romeo, juliet = pair
    juliet.leaves()

    romeo.send(juliet.bare, "later")
    crowd = People(cities[1])
    crowd.again(juliet).receives("later", sender=romeo.jid)
    crowd.close()


def test_an_unknown_user_there_is_told(pair):
    romeo, _ = pair

    romeo.send(f"nobody@{MANTUA}", "hello?")
    romeo.receives_error("service-unavailable")


def test_a_query_crosses_and_its_answer_comes_back(pair):
    romeo, juliet = pair

    info = romeo.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                     to=MANTUA)
    assert info is not None
    assert juliet.iq("get", "<ping xmlns='urn:xmpp:ping'/>",
                     to=VERONA).get("type") == "result"


def test_a_room_of_the_other_server_is_entered(pair):
    romeo, juliet = pair
    room = f"balcony@conference.{MANTUA}"

    juliet.presence(to=f"{room}/juliet",
                    inside="<x xmlns='http://jabber.org/protocol/muc'/>")
    juliet.receives_presence(f"{room}/juliet")
    juliet.set("<query xmlns='http://jabber.org/protocol/muc#owner'>"
               "<x xmlns='jabber:x:data' type='submit'/></query>", to=room)
    romeo.presence(to=f"{room}/romeo",
                   inside="<x xmlns='http://jabber.org/protocol/muc'/>")
    romeo.receives_presence(f"{room}/juliet")
    romeo.receives_presence(f"{room}/romeo")
    romeo.send(room, "it is my lady", kind="groupchat")
    juliet.receives("it is my lady", sender=f"{room}/romeo")
    romeo.receives("it is my lady", sender=f"{room}/romeo")


def test_the_proxy_of_the_other_server_answers(pair):
    romeo, _ = pair

    items = romeo.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                      to=f"proxy.{MANTUA}")
    assert items is not None


def test_a_domain_that_nobody_serves_is_told(pair):
    romeo, _ = pair

    romeo.send("somebody@nowhere.invalid", "hello?")
    romeo.receives_error("remote-server-not-found")


def test_another_server_does_not_find_out_who_is_hidden_here(pair, cities):
    romeo, juliet = pair
    ctl = cities[1].ctl
    ctl("department", "add", "secret")
    ctl("property", "set", "department", "secret", "visible-to", "self")
    ctl("department", "member", "add", "secret", juliet.bare)
    card = "<vCard xmlns='vcard-temp'/>"
    nobody = f"nobody@{MANTUA}"

    eventually(lambda: error_of(romeo.iq("get", card, juliet.bare))
               == error_of(romeo.iq("get", card, nobody))
               == "service-unavailable")
    romeo.send(juliet.bare, "are you there?")
    romeo.receives_error("service-unavailable")
    search = "<query xmlns='jabber:iq:search'><nick>*</nick></query>"
    assert error_of(romeo.iq("set", search, MANTUA)) == "forbidden"
    juliet.set("<query xmlns='jabber:iq:roster'>"
               f"<item jid='{romeo.bare}'/></query>")
    romeo.send(juliet.bare, "and now?")
    juliet.receives("and now?", sender=romeo.jid)
