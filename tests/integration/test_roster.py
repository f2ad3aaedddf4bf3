"""Rosters, subscriptions and presence (RFC 6121 §2 to §4)."""
from conftest import befriend
from xmpp import CLIENT, error_of

ITEM = "<query xmlns='jabber:iq:roster'>{}</query>"


def test_a_new_roster_is_empty(people):
    assert people.online().roster() == {}


def test_a_contact_is_added_pushed_and_kept(people):
    romeo = people.online("romeo")
    romeo.roster()

    romeo.set(ITEM.format("<item jid='juliet@localhost' name='Juliet'>"
                          "<group>Capulets</group></item>"))

    item = romeo.receives_push("juliet@localhost")
    assert item.get("subscription") == "none"
    kept = people.again(romeo).roster()["juliet@localhost"]
    assert kept.get("name") == "Juliet"
    assert kept[0].text == "Capulets"


def test_every_interested_resource_gets_the_push(people):
    desk = people.online("romeo", "desk")
    phone = people.again(desk, "phone")
    desk.roster(), phone.roster()

    desk.set(ITEM.format("<item jid='nurse@localhost'/>"))

    phone.receives_push("nurse@localhost")


def test_a_contact_is_removed(people):
    romeo = people.online("romeo")
    romeo.roster()
    romeo.set(ITEM.format("<item jid='paris@localhost'/>"))

    romeo.set(ITEM.format("<item jid='paris@localhost' "
                          "subscription='remove'/>"))

    romeo.waits_for(lambda e: e.find(".//*[@subscription='remove']")
                    is not None)
    assert romeo.roster() == {}


def test_removing_whom_one_does_not_know_is_an_error(people):
    result = people.online().iq("set", ITEM.format(
        "<item jid='nobody@localhost' subscription='remove'/>"))

    assert error_of(result) == "item-not-found"


def test_two_items_in_one_request_are_refused(people):
    result = people.online().iq("set", ITEM.format(
        "<item jid='a@localhost'/><item jid='b@localhost'/>"))

    assert error_of(result) == "bad-request"


def test_a_known_version_needs_no_roster(people):
    romeo = people.online("romeo")
    romeo.set(ITEM.format("<item jid='a@localhost'/>"))
    version = romeo.get("<query xmlns='jabber:iq:roster' ver=''/>").get("ver")

    again = romeo.get(f"<query xmlns='jabber:iq:roster' ver='{version}'/>")

    assert again is None


def test_friends_see_each_other_come_and_go(people):
    romeo, juliet = people.friends("romeo", "juliet")

    assert romeo.roster()[juliet.bare].get("subscription") == "both"
    juliet.presence(inside="<show>away</show><status>asleep</status>")
    seen = romeo.waits_for(lambda e: e.findtext(CLIENT + "show") == "away")
    assert seen.findtext(CLIENT + "status") == "asleep"
    juliet.leaves()
    romeo.receives_presence(juliet.jid, "unavailable")


def test_a_lost_connection_is_told_to_friends(people):
    romeo, juliet = people.friends()

    juliet.sock.close()

    romeo.receives_presence(juliet.jid, "unavailable")


def test_who_comes_online_learns_who_is_there(people):
    romeo, juliet = people.friends()
    romeo.leaves()

    romeo = people.again(romeo)

    romeo.receives_presence(juliet.jid)


def test_a_request_waits_for_the_one_who_is_away(people):
    romeo, name = people.online("romeo"), people.account("juliet")

    romeo.presence("subscribe", to=f"{name}@localhost")
    juliet = people.login(name).comes_online()

    juliet.receives_presence(romeo.bare, "subscribe")


def test_a_request_can_be_declined(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    romeo.roster()
    romeo.presence("subscribe", to=juliet.bare)
    juliet.receives_presence(romeo.bare, "subscribe")

    juliet.presence("unsubscribed", to=romeo.bare)

    romeo.receives_presence(juliet.bare, "unsubscribed")
    assert romeo.roster()[juliet.bare].get("subscription") == "none"


def test_a_friendship_can_be_ended(people):
    romeo, juliet = people.friends()

    romeo.set(ITEM.format(f"<item jid='{juliet.bare}' "
                          "subscription='remove'/>"))

    juliet.receives_presence(romeo.bare, "unsubscribe")
    juliet.receives_presence(romeo.jid, "unavailable")
    assert juliet.bare not in romeo.roster()
    assert juliet.roster()[romeo.bare].get("subscription") == "none"


def test_strangers_learn_nothing_of_presence(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.presence("probe", to=juliet.bare)

    romeo.hears_nothing_of(
        lambda e: e.tag == CLIENT + "presence" and e.get("type") is None
        and e.get("from", "").startswith(juliet.bare))


def test_directed_presence_reaches_a_stranger_and_its_end_too(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.presence(to=juliet.jid, inside="<status>here</status>")
    juliet.receives_presence(romeo.jid)
    romeo.leaves()

    juliet.receives_presence(romeo.jid, "unavailable")


INVISIBLE = "<invisible xmlns='urn:xmpp:invisible:1' probe='true'/>"
VISIBLE = "<visible xmlns='urn:xmpp:invisible:1'/>"


def test_who_is_invisible_reads_along_until_visible_again(people):
    romeo, juliet = people.friends()

    romeo.set(INVISIBLE)
    juliet.receives_presence(romeo.jid, "unavailable")
    romeo.presence(inside="<status>nobody reads this</status>")
    juliet.send(romeo.bare, "are you there")
    romeo.receives("are you there")
    juliet.hears_nothing_of(
        lambda e: e.tag == CLIENT + "presence" and e.get("type") is None
        and e.get("from") == romeo.jid)

    romeo.set(VISIBLE)
    romeo.presence()
    juliet.receives_presence(romeo.jid)


def test_who_comes_while_one_is_invisible_sees_nobody(people):
    romeo, juliet = people.friends()
    romeo.set(INVISIBLE)
    romeo.presence()

    again = people.login(juliet.bare.split("@")[0])
    again.presence()

    again.hears_nothing_of(
        lambda e: e.tag == CLIENT + "presence" and e.get("type") is None
        and e.get("from") == romeo.jid)


def test_capabilities_pass_through(people):
    romeo, juliet = people.friends()

    juliet.presence(inside="<c xmlns='http://jabber.org/protocol/caps' "
                           "hash='sha-1' node='n' ver='v'/>")

    romeo.waits_for(lambda e: e.find("{http://jabber.org/protocol/caps}c")
                    is not None and e.get("from") == juliet.jid)


def test_friends_on_different_shards(own_suite, crowd_of):
    people = crowd_of(own_suite(c2s=2, sm=2))
    crowd = [people.online("person") for _ in range(5)]

    for i in range(len(crowd) - 1):
        befriend(crowd[i], crowd[i + 1])


def test_a_subscription_request_of_another_name_is_stamped(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.stanza(f"<presence type='subscribe' to='{juliet.jid}'/>")

    request = juliet.receives_presence(romeo.bare, "subscribe")
    assert request.get("from") == romeo.bare


def test_what_a_person_does_is_shown_with_all_its_words(people):
    romeo, juliet = people.friends()

    juliet.presence(inside="<show>dnd</show><status>Wooing</status>"
                    "<status xml:lang='it'>Corteggio</status>"
                    "<priority>-1</priority>"
                    "<idle xmlns='urn:xmpp:idle:1' since='2026-01-01T00:00:00Z'/>"
                    "<x xmlns='vcard-temp:x:update'><photo>ab</photo></x>")

    shown = romeo.waits_for(lambda e: e.tag == CLIENT + "presence"
                            and e.findtext(CLIENT + "show") == "dnd")
    assert [e.text for e in shown.iter(CLIENT + "status")] == ["Wooing",
                                                              "Corteggio"]
    assert shown.findtext(CLIENT + "priority") == "-1"
    assert shown.find("{urn:xmpp:idle:1}idle") is not None
    assert shown.find("{vcard-temp:x:update}x") is not None
