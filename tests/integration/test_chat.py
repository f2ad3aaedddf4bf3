"""Messages and where they go (RFC 6121 §8, XEP-0160, XEP-0203, XEP-0334)."""
import time

import pytest

from xmpp import CLIENT, DELAY, is_message

FORWARDED = [
    "<x xmlns='jabber:x:encrypted'>qANQR1DBwU4DX7jm</x>",
    "<x xmlns='jabber:x:signed'>iQA/AwUBOjU5dnol3d88qZ77EQI2</x>",
    "<x xmlns='jabber:x:event'><composing/></x>",
    "<x xmlns='jabber:x:expire' seconds='1800'/>",
    "<x xmlns='jabber:x:roster'><item jid='a@b' name='A'/></x>",
    "<x xmlns='jabber:x:conference' jid='room@conference.localhost'/>",
    "<html xmlns='http://jabber.org/protocol/xhtml-im'>"
    "<body xmlns='http://www.w3.org/1999/xhtml'><p>Hi</p></body></html>",
    "<sipub xmlns='http://jabber.org/protocol/si-pub' id='p1' "
    "mime-type='text/plain' profile='x'/>",
    "<active xmlns='http://jabber.org/protocol/chatstates'/>",
    "<p:x xmlns:p='urn:example:prefixed' p:a='1'><p:y/></p:x>",
]


def test_two_people_talk(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.send(juliet.jid, "Wherefore art thou?")
    heard = juliet.receives("Wherefore art thou?", romeo.jid)
    juliet.send(heard.get("from"), "On the balcony.")

    romeo.receives("On the balcony.", juliet.jid)
    assert heard.get("to") == juliet.jid
    assert heard.get("type") == "chat"


def test_many_messages_keep_their_order(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    for i in range(500):
        romeo.send(juliet.jid, f"number {i}")

    for i in range(500):
        message = juliet.waits_for(is_message)
        assert message.findtext(CLIENT + "body") == f"number {i}"


def test_text_arrives_as_it_was_written(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    text = "<&>\"' \u9a7f\u7ad9 \U0001f40e \t line\nline ]]"

    romeo.send(juliet.jid, text)

    juliet.receives(text)


@pytest.mark.parametrize("payload", FORWARDED, ids=range(len(FORWARDED)))
def test_old_payloads_pass_unharmed(people, payload):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.send(juliet.jid, "with a payload", inside=payload)

    message = juliet.receives("with a payload")
    namespace = payload.split("xmlns")[1].split("'")[1]
    assert any(child.tag.startswith("{" + namespace + "}") for child in message)


def test_the_bare_address_reaches_the_most_available_resource(people):
    romeo = people.online("romeo")
    low = people.online("juliet", "low", priority=1)
    high = people.again(low, "high", priority=5)

    romeo.send(low.bare, "to the higher one")

    high.receives("to the higher one")
    low.hears_nothing_of(is_message)


def test_a_headline_reaches_every_resource(people):
    romeo = people.online("romeo")
    first = people.online("juliet", "one", priority=1)
    second = people.again(first, "two", priority=5)

    romeo.send(first.bare, "news", kind="headline")

    first.receives("news")
    second.receives("news")


def test_a_negative_priority_gets_nothing_for_the_bare_address(people):
    romeo = people.online("romeo")
    shy = people.online("juliet", priority=-1)

    romeo.send(shy.bare, "to nobody in particular")
    romeo.send(shy.jid, "to the resource itself")

    shy.receives("to the resource itself")
    shy.hears_nothing_of(is_message)


def test_a_message_to_an_unknown_user_comes_back(people):
    romeo = people.online("romeo")

    romeo.send("nobody-here@localhost", "hello?")

    romeo.receives_error("service-unavailable")


def test_a_groupchat_message_to_an_account_comes_back(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.send(juliet.bare, "hello, all", kind="groupchat")

    romeo.receives_error("service-unavailable")


def test_an_error_is_never_answered(people):
    romeo = people.online("romeo")

    romeo.stanza("<message to='nobody-here@localhost' type='error'>"
                 "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:"
                 "xmpp-stanzas'/></error></message>")

    romeo.hears_nothing_of(is_message)


def test_a_message_to_oneself_arrives(people):
    romeo = people.online("romeo")

    romeo.send(romeo.jid, "note to self")

    romeo.receives("note to self", romeo.jid)


def test_a_foreign_domain_is_not_found(people):
    romeo = people.online("romeo")

    romeo.send("juliet@capulet.invalid", "over there?")

    romeo.receives_error("remote-server-not-found")


def test_a_malformed_address_is_refused(people):
    romeo = people.online("romeo")

    romeo.send("@/", "nowhere")

    romeo.receives_error("jid-malformed")


def test_what_was_said_while_one_was_away_is_kept_with_its_time(people):
    romeo, name = people.online("romeo"), people.account("juliet")

    for i in range(3):
        romeo.send(f"{name}@localhost", f"late {i}")
    romeo.hears_nothing_of(lambda e: e.get("type") == "error")
    time.sleep(1.1)
    juliet = people.login(name)
    juliet.presence()

    for i in range(3):
        message = juliet.waits_for(is_message)
        assert message.findtext(CLIENT + "body") == f"late {i}"
        stamp = message.find(DELAY + "delay").get("stamp")
        assert stamp.startswith(time.strftime("%Y-%m-%dT", time.gmtime()))


def test_kept_messages_are_given_out_once(people):
    romeo, name = people.online("romeo"), people.account("juliet")
    romeo.send(f"{name}@localhost", "once")
    first = people.login(name)
    first.presence()
    first.receives("once")
    first.leaves()

    second = people.login(name).comes_online()

    second.hears_nothing_of(is_message)


def test_the_quota_of_kept_messages_is_told(own_suite, crowd_of):
    people = crowd_of(own_suite(settings={"sm.offline-quota": 2}))
    romeo, name = people.online("romeo"), people.account("juliet")

    ids = [romeo.send(f"{name}@localhost", f"late {i}") for i in range(3)]

    error = romeo.waits_for(lambda e: e.get("type") == "error")
    assert error.get("id") == ids[2]


def test_a_hint_not_to_store_is_heeded(people):
    romeo, name = people.online("romeo"), people.account("juliet")

    romeo.send(f"{name}@localhost", "fleeting",
               inside="<no-store xmlns='urn:xmpp:hints'/>")
    romeo.hears_nothing_of(lambda e: False)
    juliet = people.login(name).comes_online()

    juliet.hears_nothing_of(is_message)


def test_from_is_what_the_server_knows_not_what_the_client_says(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.stanza(f"<message to='{juliet.jid}' from='{romeo.bare}'>"
                 "<body>by my bare address</body></message>")

    message = juliet.receives("by my bare address")
    assert message.get("from") in (romeo.jid, romeo.bare)


def test_people_spread_over_two_of_each_daemon_reach_each_other(own_suite,
                                                                crowd_of):
    people = crowd_of(own_suite(c2s=2, sm=2))
    crowd = [people.online("person") for _ in range(12)]

    for i, speaker in enumerate(crowd):
        for listener in crowd:
            speaker.send(listener.jid, f"from {i}")

    for listener in crowd:
        for i, speaker in enumerate(crowd):
            listener.receives(f"from {i}", speaker.jid)


def test_a_text_in_several_languages_is_kept_whole(people):
    romeo, juliet = people.online("romeo"), people.account("juliet")

    romeo.stanza(
        f"<message to='{juliet}@localhost' type='normal' xml:lang='en'>"
        "<subject>Help</subject><subject xml:lang='zh'>\u6551\u547d</subject>"
        "<thread parent='a'>b</thread><body>Wherefore art thou?</body>"
        "<body xml:lang='cs'>Pro\u010de\u017e jsi ty?</body></message>")
    romeo.iq("get", "<ping xmlns='urn:xmpp:ping'/>", "localhost")
    later = people.login(juliet)
    later.presence()

    message = later.receives("Wherefore art thou?")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert message.get(lang) == "en"
    assert [(e.get(lang), e.text) for e in message.iter(CLIENT + "body")] == [
        (None, "Wherefore art thou?"), ("cs", "Pro\u010de\u017e jsi ty?")]
    assert [(e.get(lang), e.text) for e in message.iter(CLIENT + "subject")] \
        == [(None, "Help"), ("zh", "\u6551\u547d")]
    assert message.find(CLIENT + "thread").get("parent") == "a"
