"""What one can ask server and people: disco, version, time, last, ping, vCard,
private storage, search, blocking, privacy."""
import base64
import hashlib
import time

import pytest

from xmpp import error_of, is_message

DISCO_INFO = "{http://jabber.org/protocol/disco#info}"


def features_of(client, to):
    info = client.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                      to)
    return {f.get("var") for f in info.iterfind(DISCO_INFO + "feature")}


def test_the_server_tells_what_it_can(people):
    client = people.online()

    offered = features_of(client, "localhost")

    assert {"urn:xmpp:ping", "jabber:iq:version", "urn:xmpp:time",
            "jabber:iq:register", "vcard-temp",
            "urn:xmpp:blocking"} <= offered


def test_the_server_is_a_server(people):
    info = people.online().get(
        "<query xmlns='http://jabber.org/protocol/disco#info'/>", "localhost")

    identity = info.find(DISCO_INFO + "identity")
    assert (identity.get("category"), identity.get("type")) == ("server", "im")


def test_an_account_tells_only_its_own_what_it_is(people):
    client = people.online()

    info = client.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                      client.bare)

    identity = info.find(DISCO_INFO + "identity")
    assert identity.get("category") == "account"


def test_the_server_lists_its_services(people):
    items = people.online().get(
        "<query xmlns='http://jabber.org/protocol/disco#items'/>", "localhost")

    assert items.tag == "{http://jabber.org/protocol/disco#items}query"


@pytest.mark.parametrize("to", ["localhost", None])
def test_a_ping_is_answered(people, to):
    people.online().get("<ping xmlns='urn:xmpp:ping'/>", to)


def test_the_server_tells_its_version(people):
    query = people.online().get("<query xmlns='jabber:iq:version'/>",
                                "localhost")

    assert query.findtext("{jabber:iq:version}name") == "Posthouse"


def test_the_server_tells_the_time(people):
    answer = people.online().get("<time xmlns='urn:xmpp:time'/>", "localhost")

    assert answer.findtext("{urn:xmpp:time}utc").startswith(
        time.strftime("%Y-%m-%dT", time.gmtime()))


def test_the_server_tells_how_long_it_is_up(people):
    query = people.online().get("<query xmlns='jabber:iq:last'/>", "localhost")

    assert int(query.get("seconds")) >= 0


def test_friends_may_ask_when_one_was_last_seen(people):
    romeo, juliet = people.friends()
    juliet.leaves()
    romeo.receives_presence(juliet.jid, "unavailable")

    query = romeo.get("<query xmlns='jabber:iq:last'/>", juliet.bare)

    assert 0 <= int(query.get("seconds")) < 60


def test_strangers_may_not(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    result = romeo.iq("get", "<query xmlns='jabber:iq:last'/>", juliet.bare)

    assert error_of(result) in ("forbidden", "service-unavailable",
                                "not-authorized")


def test_a_vcard_is_kept_and_shown_to_others(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    juliet.set("<vCard xmlns='vcard-temp'><FN>Juliet O'Capulet</FN></vCard>")

    card = romeo.get("<vCard xmlns='vcard-temp'/>", juliet.bare)
    assert card.findtext("{vcard-temp}FN") == "Juliet O'Capulet"


def test_nobody_writes_the_vcard_of_another(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    result = romeo.iq("set", "<vCard xmlns='vcard-temp'><FN>x</FN></vCard>",
                      juliet.bare)

    assert result.get("type") == "error"


def test_private_things_are_kept_byte_for_byte(people):
    client = people.online()
    client.set("<query xmlns='jabber:iq:private'><x xmlns=\"it's:mine\">"
               "a &amp; b</x></query>")

    query = client.get("<query xmlns='jabber:iq:private'>"
                       "<x xmlns=\"it's:mine\"/></query>")

    assert query.find("{it's:mine}x").text == "a & b"


def test_private_things_of_one_namespace_are_kept_in_one_set(people):
    client = people.online()
    ask = "<query xmlns='jabber:iq:private'>{}</query>".format
    client.set(ask("<a xmlns='urn:mine'>1</a><b xmlns='urn:mine'>2</b>"))

    for name, value in (("a", "1"), ("b", "2")):
        query = client.get(ask(f"<{name} xmlns='urn:mine'/>"))
        assert query.find("{urn:mine}" + name).text == value


def test_bookmarks_of_rooms_are_kept(people):
    """XEP-0048, where older clients keep their rooms."""
    client = people.online()
    bookmarks = ("<storage xmlns='storage:bookmarks'><conference name='Hall' "
                 "autojoin='true' jid='hall@conference.localhost'>"
                 "<nick>Puck</nick></conference></storage>")
    client.set(f"<query xmlns='jabber:iq:private'>{bookmarks}</query>")

    again = people.again(client)
    query = again.get("<query xmlns='jabber:iq:private'>"
                      "<storage xmlns='storage:bookmarks'/></query>")

    hall = query.find("{storage:bookmarks}storage/{storage:bookmarks}conference")
    assert hall.attrib == {"name": "Hall", "autojoin": "true",
                           "jid": "hall@conference.localhost"}
    assert hall.findtext("{storage:bookmarks}nick") == "Puck"


def test_private_things_are_not_for_others(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    result = romeo.iq("get", "<query xmlns='jabber:iq:private'>"
                             "<x xmlns='urn:x'/></query>", juliet.bare)

    assert error_of(result) in ("forbidden", "service-unavailable",
                                "not-allowed")


def test_a_person_can_be_searched_for(people):
    romeo, juliet = people.online("romeo"), people.online("searchable")
    name = juliet.bare.split("@")[0]

    fields = romeo.get("<query xmlns='jabber:iq:search'/>", "localhost")
    found = romeo.set(f"<query xmlns='jabber:iq:search'><nick>{name}</nick>"
                      "</query>" if fields.find("{jabber:iq:search}nick")
                      is not None else
                      "<query xmlns='jabber:iq:search'><first>"
                      f"{name}</first></query>", "localhost")

    assert [i.get("jid") for i in found.iterfind("{jabber:iq:search}item")] \
        == [juliet.bare]


def test_a_blocked_person_is_not_heard(people):
    romeo, juliet = people.friends()

    juliet.set(f"<block xmlns='urn:xmpp:blocking'><item jid='{romeo.bare}'/>"
               "</block>")
    romeo.receives_presence(juliet.jid, "unavailable")
    romeo.send(juliet.bare, "let me in")

    romeo.receives_error("service-unavailable")
    juliet.hears_nothing_of(is_message)
    blocked = juliet.get("<blocklist xmlns='urn:xmpp:blocking'/>")
    assert [i.get("jid") for i in blocked] == [romeo.bare]


def test_an_unblocked_person_is_heard_again(people):
    romeo, juliet = people.friends()
    juliet.set(f"<block xmlns='urn:xmpp:blocking'><item jid='{romeo.bare}'/>"
               "</block>")

    juliet.set("<unblock xmlns='urn:xmpp:blocking'/>")
    romeo.send(juliet.bare, "thank you")

    juliet.receives("thank you")


def test_a_privacy_list_blocks_as_well(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    juliet.set("<query xmlns='jabber:iq:privacy'><list name='no'>"
               f"<item type='jid' value='{romeo.bare}' action='deny' order='1'>"
               "<message/></item></list></query>")
    juliet.set("<query xmlns='jabber:iq:privacy'><active name='no'/></query>")

    romeo.send(juliet.jid, "psst")

    romeo.receives_error("service-unavailable")
    juliet.hears_nothing_of(is_message)


@pytest.mark.parametrize("kind", ["get", "set"])
@pytest.mark.parametrize("to", [None, "localhost", "own", "other"])
def test_an_unknown_namespace_is_answered(people, kind, to):
    client = people.online()
    target = {"own": client.bare,
              "other": people.account() + "@localhost"}.get(to, to)

    result = client.iq(kind, "<query xmlns='urn:example:unknown'/>", target)

    assert error_of(result) == "service-unavailable"


def test_a_request_to_a_resource_that_is_gone_is_answered(people):
    client = people.online()

    result = client.iq("get", "<ping xmlns='urn:xmpp:ping'/>",
                       client.bare + "/gone")

    assert error_of(result) == "service-unavailable"


def test_a_request_between_two_people_passes_both_ways(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.stanza(f"<iq type='get' id='v1' to='{juliet.jid}'>"
                 "<query xmlns='jabber:iq:version'/></iq>")
    request = juliet.waits_for(lambda e: e.get("id") == "v1")
    juliet.stanza(f"<iq type='result' id='v1' to='{request.get('from')}'>"
                  "<query xmlns='jabber:iq:version'><name>J</name></query>"
                  "</iq>")

    answer = romeo.waits_for(lambda e: e.get("id") == "v1")
    assert answer.get("from") == juliet.jid


def test_a_request_without_a_payload_is_bad(people):
    result = people.online().iq("get", "", "localhost")

    assert error_of(result) == "bad-request"


def caps_of(query):
    """The hash of an answer to disco#info (XEP-0115 §5.1)."""
    data = "{jabber:x:data}"
    words = sorted(f"{i.get('category')}/{i.get('type')}//{i.get('name', '')}"
                   for i in query.findall(DISCO_INFO + "identity"))
    words += sorted(f.get("var") for f in query.findall(DISCO_INFO + "feature"))
    for form in query.findall(data + "x"):
        fields = {f.get("var"): sorted(v.text for v in f.iter(data + "value"))
                  for f in form.findall(data + "field")}
        words += fields.pop("FORM_TYPE")
        for var, values in sorted(fields.items()):
            words += [var, *values]
    text = "".join(word + "<" for word in words)
    return base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()


def test_the_servers_capabilities_stand_in_the_features(own_suite, crowd_of):
    suite = own_suite(users=("romeo",), settings={
        "sm.contact-addresses": '{"abuse=mailto:b@localhost",'
                                ' "abuse=mailto:a@localhost",'
                                ' "admin=mailto:c@localhost"}'})
    romeo = crowd_of(suite).login("romeo")
    caps = romeo.features.find("{http://jabber.org/protocol/caps}c")
    node = f"{caps.get('node')}#{caps.get('ver')}"
    query = "<query xmlns='http://jabber.org/protocol/disco#info' node='{}'/>"

    info = romeo.get(query.format(node), "localhost")

    assert info.get("node") == node
    assert len(info.findall("{jabber:x:data}x")) == 1
    assert caps.get("hash") == "sha-1" and caps.get("ver") == caps_of(info)
    assert error_of(romeo.iq("get", query.format("urn:other#x"),
                             "localhost")) == "item-not-found"
