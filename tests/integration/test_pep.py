"""Personal eventing (XEP-0163): what people publish, who reads it, who hears."""
import hashlib
import time

import pytest

from conftest import People, befriend
from eventing import (ask_items, condition_of, form, hears, is_event, item_of,
                      items, manage, publication, publish,
                      retract, wants)
from federation import two_suites
from xmpp import CLIENT, DELAY, b64, error_of

TUNE = "http://jabber.org/protocol/tune"
AUBADE = f"<tune xmlns='{TUNE}'><title>Aubade</title></tune>"
DEVICES = "eu.siacs.conversations.axolotl.devicelist"
BUNDLE = "eu.siacs.conversations.axolotl.bundles:31415"
MARKERS = "urn:xmpp:mds:displayed:0"
OPEN = {"access_model": "open"}
PRIVATE = {"persist_items": "true", "access_model": "whitelist"}


def named(like, people):
    return people.login(people.account(like))


# --- one's own ---------------------------------------------------------------
def test_the_account_is_a_service(people):
    romeo = people.online("romeo")
    query = romeo.get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                      to=romeo.bare)
    kinds = {(e.get("category"), e.get("type")) for e in query}
    assert {("pubsub", "pep"), ("account", "registered")} <= kinds
    publish(romeo, TUNE, "a", AUBADE)
    nodes = romeo.get("<query xmlns='http://jabber.org/protocol/disco#items'/>",
                      to=romeo.bare)
    assert TUNE in {e.get("node") for e in nodes}


def test_own_resources_hear_each_other(people):
    romeo = wants(named("romeo", people), TUNE)
    other = people.again(romeo)
    publish(other, TUNE, "a", AUBADE)
    event = hears(romeo, TUNE, romeo.bare)
    assert event.get("to") == romeo.jid
    assert item_of(event).get("id") == "a"
    assert item_of(event)[0].findtext(f"{{{TUNE}}}title") == "Aubade"
    other.hears_nothing_of(is_event())


def test_what_was_published_is_there_at_the_next_login(people):
    romeo = people.online("romeo")
    publish(romeo, TUNE, "a", AUBADE)
    romeo.leaves()
    again = wants(people.login(romeo.bare.split("@")[0]), TUNE)
    event = hears(again, TUNE, romeo.bare)
    assert event.find(DELAY + "delay").get("stamp")
    assert list(items(again, TUNE)) == ["a"]


def test_retracting_and_deleting_are_told(people):
    romeo = wants(named("romeo", people), TUNE)
    publish(romeo, TUNE, "a", AUBADE)
    hears(romeo, TUNE)
    retract(romeo, TUNE, "a")
    event = hears(romeo, TUNE)
    assert event[0][0][0].get("id") == "a"
    assert items(romeo, TUNE) == {}
    assert manage(romeo, "delete", TUNE).get("type") == "result"
    assert hears(romeo, TUNE)[0][0].tag.endswith("}delete")
    assert error_of(ask_items(romeo, TUNE)) == "item-not-found"


# --- contacts ----------------------------------------------------------------
def test_a_contact_hears_what_he_wants(people):
    romeo, juliet = people.friends()
    wants(romeo, TUNE)
    publish(juliet, TUNE, "a", AUBADE)
    publish(juliet, "urn:other", "b", AUBADE)
    event = hears(romeo, TUNE, juliet.bare)
    assert event.get("to") == romeo.jid
    romeo.hears_nothing_of(is_event("urn:other"))


def test_a_contact_who_comes_online_gets_the_last_item(people):
    romeo, juliet = people.friends()
    publish(juliet, TUNE, "a", AUBADE)
    juliet.leaves()  # she is away by then
    again = wants(people.login(romeo.bare.split("@")[0], "late"), TUNE)
    event = hears(again, TUNE, juliet.bare)
    assert event.find(DELAY + "delay") is not None
    assert item_of(event).get("id") == "a"


def test_a_new_contact_brings_his_last_items(people):
    romeo = wants(named("romeo", people), TUNE)
    juliet = people.online("juliet")
    publish(juliet, TUNE, "a", AUBADE)
    befriend(romeo, juliet)
    assert item_of(hears(romeo, TUNE, juliet.bare)).get("id") == "a"


def test_events_are_neither_kept_nor_archived(people):
    romeo, juliet = people.friends()
    romeo.leaves()
    publish(juliet, TUNE, "a", AUBADE)
    again = people.again(romeo)
    again.hears_nothing_of(is_event())
    again.iq("set", "<query xmlns='urn:xmpp:mam:2'/>")
    again.hears_nothing_of(
        lambda e: any(c.get("node") == TUNE for c in e.iter()))


def test_strangers_read_what_is_open_alone(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    publish(juliet, TUNE, "a", AUBADE)
    publish(juliet, DEVICES, "current", AUBADE, **OPEN)
    answer = ask_items(romeo, TUNE, juliet.bare)
    assert error_of(answer) == "not-authorized"
    assert condition_of(answer) == "presence-subscription-required"
    assert list(items(romeo, DEVICES, juliet.bare)) == ["current"]


def test_who_is_blocked_gets_nothing(people):
    romeo, juliet = people.friends()
    wants(romeo, TUNE)
    juliet.set("<block xmlns='urn:xmpp:blocking'>"
               f"<item jid='{romeo.bare}'/></block>")
    publish(juliet, TUNE, "a", AUBADE)
    assert error_of(ask_items(romeo, TUNE, juliet.bare)) == \
        "service-unavailable"
    romeo.hears_nothing_of(is_event(TUNE))


# --- settings ----------------------------------------------------------------
def test_a_precondition_that_is_not_met_refuses(people):
    romeo = people.online("romeo")
    publish(romeo, DEVICES, "current", AUBADE)
    answer = romeo.iq("set", publication(
        DEVICES, "current", AUBADE, OPEN))
    assert error_of(answer) == "conflict"
    assert condition_of(answer) == "precondition-not-met"
    # As clients do then: they change the node and try again.
    assert manage(romeo, "configure", DEVICES,
                  form("node_config", OPEN)).get("type") == "result"
    assert publish(romeo, DEVICES, "current", AUBADE, **OPEN) == "current"


def test_private_storage_is_for_the_owner(people):
    """XEP-0223, XEP-0490."""
    romeo, juliet = people.friends()
    wants(romeo, MARKERS)
    publish(juliet, MARKERS, romeo.bare, "<displayed "
            f"xmlns='{MARKERS}'/>", **PRIVATE, max_items="max",
            send_last_published_item="never")
    answer = ask_items(romeo, MARKERS, juliet.bare)
    assert (error_of(answer), condition_of(answer)) == \
        ("not-allowed", "closed-node")
    romeo.hears_nothing_of(is_event(MARKERS))
    assert list(items(juliet, MARKERS)) == [romeo.bare]


def test_omemo_keys_are_found(people):
    """XEP-0384: a device list and a bundle, read by somebody who is no
    contact, also while their owner is away."""
    romeo, juliet = people.online("romeo"), people.online("juliet")
    keys = "<list xmlns='eu.siacs.conversations.axolotl'><device id='31415'/></list>"
    publish(juliet, DEVICES, "current", keys, **OPEN, persist_items="true")
    publish(juliet, BUNDLE, "current",
            "<bundle xmlns='eu.siacs.conversations.axolotl'/>", **OPEN)
    juliet.leaves()
    devices = items(romeo, DEVICES, juliet.bare)["current"]
    assert devices[0].get("id") == "31415"
    assert list(items(romeo, BUNDLE, juliet.bare)) == ["current"]


def test_a_nick_and_a_card_are_just_events(people):
    """XEP-0172, XEP-0292."""
    romeo, juliet = people.friends()
    nick = "http://jabber.org/protocol/nick"
    wants(romeo, nick)
    publish(juliet, nick, None, f"<nick xmlns='{nick}'>Jules</nick>")
    assert item_of(hears(romeo, nick, juliet.bare))[0].text == "Jules"
    publish(juliet, "urn:xmpp:vcard4", "current",
            "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>J</text>"
            "</fn></vcard>")
    assert items(romeo, "urn:xmpp:vcard4", juliet.bare)["current"][0].tag == \
        "{urn:ietf:params:xml:ns:vcard-4.0}fn"


def test_bounds(own_suite, crowd_of):
    suite = own_suite(settings={"sm.pep-max-nodes": 2,
                                "sm.pep-max-item-size": 1024,
                                "sm.pep-max-items": 3})
    romeo = crowd_of(suite).online("romeo")
    for i in range(5):
        publish(romeo, "urn:a", f"i{i}", AUBADE, max_items="max")
    assert list(items(romeo, "urn:a")) == ["i2", "i3", "i4"]
    publish(romeo, "urn:b", "a", AUBADE)
    for node, payload, condition in (
            ("urn:c", AUBADE, "resource-constraint"),
            ("urn:a", f"<x xmlns='u'>{'x' * 1100}</x>", "not-acceptable")):
        answer = romeo.iq("set", publication(
            node, "x", payload))
        assert error_of(answer) == condition


# --- bookmarks -----------------------------------------------------------------
BOOKMARKS = "urn:xmpp:bookmarks:1"
OLD = "{storage:bookmarks}"
STORAGE = ("<query xmlns='jabber:iq:private'><storage "
           "xmlns='storage:bookmarks'>{}</storage></query>").format


def old_bookmarks(client):
    storage = client.get(STORAGE(""))[0]
    return {room.get("jid"): room for room in storage.iter(OLD + "conference")}


def test_bookmarks_of_old_and_new_clients_are_one(people):
    """XEP-0402, XEP-0048."""
    romeo = people.online("romeo")
    other = wants(people.login(romeo.bare.split("@")[0]), BOOKMARKS)
    features = romeo.get(
        "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=romeo.bare)
    assert BOOKMARKS + "#compat" in {f.get("var") for f in features}

    romeo.set(STORAGE("<conference jid='hall@rooms.localhost' name='Hall' "
                      "autojoin='true'><nick>Puck</nick></conference>"))
    event = hears(other, BOOKMARKS, romeo.bare)
    assert item_of(event).get("id") == "hall@rooms.localhost"
    assert item_of(event)[0].findtext(f"{{{BOOKMARKS}}}nick") == "Puck"

    publish(other, BOOKMARKS, "inn@rooms.localhost",
            f"<conference xmlns='{BOOKMARKS}' name='Inn'/>",
            **PRIVATE, max_items="max", send_last_published_item="never")
    assert {jid: room.get("name") for jid, room in
            old_bookmarks(romeo).items()} == {
        "hall@rooms.localhost": "Hall", "inn@rooms.localhost": "Inn"}

    retract(other, BOOKMARKS, "hall@rooms.localhost")
    assert list(old_bookmarks(romeo)) == ["inn@rooms.localhost"]
    romeo.set(STORAGE(""))
    assert items(other, BOOKMARKS) == {}


# --- avatars -------------------------------------------------------------------
DATA, METADATA = "urn:xmpp:avatar:data", "urn:xmpp:avatar:metadata"
PICTURE = bytes(range(256)) * 8
NAME = hashlib.sha1(PICTURE).hexdigest()
VCARD = "{vcard-temp}"
PHOTO = "{vcard-temp:x:update}x/{vcard-temp:x:update}photo"


def test_an_avatar_is_the_photo_of_the_card(people):
    """XEP-0398, XEP-0084, XEP-0153."""
    romeo, juliet = people.friends()
    juliet.set("<vCard xmlns='vcard-temp'><FN>Juliet</FN></vCard>")
    publish(juliet, DATA, NAME, f"<data xmlns='{DATA}'>{b64(PICTURE)}</data>",
            **OPEN)
    publish(juliet, METADATA, NAME, f"<metadata xmlns='{METADATA}'><info "
            f"id='{NAME}' bytes='{len(PICTURE)}' type='image/png'/>"
            "</metadata>", **OPEN)
    card = romeo.get("<vCard xmlns='vcard-temp'/>", to=juliet.bare)
    assert card.findtext(VCARD + "FN") == "Juliet"
    assert card.findtext(f"{VCARD}PHOTO/{VCARD}BINVAL") == b64(PICTURE)
    juliet.presence()
    assert romeo.waits_for(lambda e: e.get("from") == juliet.jid
                           and e.find(PHOTO) is not None).findtext(PHOTO) == NAME
    # Who comes later learns it, too.
    again = people.again(romeo)
    assert again.receives_presence(juliet.jid).findtext(PHOTO) == NAME


def test_the_photo_of_a_card_is_the_avatar(people):
    romeo, juliet = people.friends()
    wants(romeo, METADATA)
    juliet.set("<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE>"
               f"<BINVAL>{b64(PICTURE)}</BINVAL></PHOTO></vCard>")
    event = hears(romeo, METADATA, juliet.bare)
    assert item_of(event)[0][0].get("id") == NAME
    assert items(romeo, DATA, juliet.bare)[NAME].text == b64(PICTURE)


# --- departments ---------------------------------------------------------------
def test_colleagues_hear_each_other(suite, people):
    from test_departments import Office

    office = Office(suite, people)
    sales = office.department("sales")
    anna, bert = (people.account(n) for n in ("anna", "bert"))
    office.employs(sales, anna)
    office.employs(sales, bert)
    anna, bert = people.login(anna).comes_online(), people.login(bert)
    wants(bert, TUNE)
    publish(anna, TUNE, "a", AUBADE)
    hears(bert, TUNE, anna.bare)


def test_a_removed_account_leaves_no_nodes(suite, people):
    romeo = people.online("romeo")
    name = romeo.bare.split("@")[0]
    publish(romeo, TUNE, "a", AUBADE)
    suite.remove_user(romeo.bare)
    assert suite.sql("SELECT count(*) FROM pep_node WHERE username = "
                     f"'{name}'").strip() == "0"


# --- deaths ----------------------------------------------------------------------
def test_a_killed_session_manager_learns_again_who_wants_what(own_suite,
                                                              crowd_of):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends()
    wants(romeo, TUNE)
    publish(juliet, TUNE, "a", AUBADE)
    hears(romeo, TUNE, juliet.bare)

    suite.kill_one("sm")

    publish(juliet, TUNE, "b", AUBADE)
    assert item_of(hears(romeo, TUNE, juliet.bare)).get("id") == "b"
    assert list(items(romeo, TUNE, juliet.bare)) == ["b"]


def test_what_was_answered_outlives_a_killed_session_manager(own_suite,
                                                             crowd_of):
    suite = own_suite(sm=2)
    romeo = crowd_of(suite).online("romeo")
    for i in range(3):
        publish(romeo, "urn:a", f"i{i}", AUBADE, max_items="max")
        suite.kill_one("sm")
    assert list(items(romeo, "urn:a")) == ["i0", "i1", "i2"]


def test_contacts_of_two_session_managers_hear_each_other(own_suite, crowd_of):
    suite = own_suite(sm=3)
    people = crowd_of(suite)
    crowd = people.friends(*"abcd")
    for person in crowd:
        wants(person, TUNE)
    for person in crowd:
        publish(person, TUNE, "a", AUBADE)
    for person in crowd:
        for other in crowd:
            hears(person, TUNE, other.bare)
    late = wants(people.login(crowd[0].bare.split("@")[0], "late"), TUNE)
    for person in crowd:
        hears(late, TUNE, person.bare)


# --- other servers -----------------------------------------------------------------
@pytest.fixture(scope="module")
def cities():
    with two_suites() as suites:
        yield suites


@pytest.fixture
def pair(cities):
    crowds = [People(suite) for suite in cities]
    yield crowds
    for crowd in crowds:
        crowd.close()


def test_a_contact_elsewhere_hears_and_gets_the_last_item(pair):
    left, right = pair
    romeo, juliet = left.online("romeo"), right.online("juliet")
    befriend(romeo, juliet)
    publish(juliet, TUNE, "a", AUBADE)
    wants(romeo, TUNE, servers=2)
    assert item_of(hears(romeo, TUNE, juliet.bare)).get("id") == "a"
    publish(juliet, TUNE, "b", AUBADE)
    event = hears(romeo, TUNE, juliet.bare)
    assert item_of(event).get("id") == "b" and event.get("to") == romeo.jid
    assert list(items(romeo, TUNE, juliet.bare)) == ["b"]
    publish(juliet, "urn:other", "c", AUBADE)
    romeo.hears_nothing_of(is_event("urn:other"))


def test_who_comes_later_knows_who_is_there_elsewhere(pair):
    left, right = pair
    romeo, juliet = left.online("romeo"), right.online("juliet")
    befriend(romeo, juliet)
    wants(romeo, TUNE, servers=2)
    juliet.leaves()
    juliet = right.again(juliet)
    juliet.receives_presence(romeo.jid)
    publish(juliet, TUNE, "a", AUBADE)
    hears(romeo, TUNE, juliet.bare)
    romeo.leaves()
    juliet.receives_presence(romeo.jid, "unavailable")
    publish(juliet, TUNE, "b", AUBADE)
    time.sleep(0.3)
    juliet.hears_nothing_of(lambda e: e.tag == CLIENT + "message")


def test_after_a_death_a_contact_elsewhere_still_hears(pair, cities):
    left, right = pair
    romeo, juliet = left.online("romeo"), right.online("juliet")
    befriend(romeo, juliet)
    wants(romeo, TUNE, servers=2)
    cities[1].kill_one("sm")
    publish(juliet, TUNE, "a", AUBADE)
    hears(romeo, TUNE, juliet.bare)
