"""The archive of a room (XEP-0313 §6.1.2): the same questions as to one's own."""
import pytest

from test_archive import (DATA, DELAY, FORWARDED, MAM, Page, question, stamp_of)
from test_rooms import changes, creates, enters, says
from xmpp import CLIENT, Refused, error_of

MUC_USER = "{http://jabber.org/protocol/muc#user}"


@pytest.fixture
def room(people):
    return f"{people.name('hall')}@conference.localhost"


def ask(client, room, **what):
    client.stanza(f"<iq type='set' id='mam' to='{room}'>{question(**what)}</iq>")
    messages = []
    while True:
        element = client.next()
        result = element.find(MAM + "result")
        if result is not None:
            assert result.get("queryid") == "q" and element.get("from") == room
            messages.append(result)
        if element.tag == CLIENT + "iq" and element.get("id") == "mam":
            if element.get("type") == "error":
                raise Refused(error_of(element))
            return Page(messages, element.find(MAM + "fin"))


def meeting(people, room, count=5, **fields):
    """Two who have said something in turn, and the ids that they were told."""
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", **fields)
    enters(juliet, room, "juliet")
    ids = []
    for i in range(count):
        says(juliet if i % 2 else romeo, room, f"line {i}")
        ids.append(stamp_of(romeo.receives(f"line {i}"), room))
    return romeo, juliet, ids


def inner(message):
    return message.find(f"{FORWARDED}/{CLIENT}message")


def test_what_was_said_with_its_id(people, room):
    romeo, _, ids = meeting(people, room)

    page = ask(romeo, room)
    assert page.ids == ids and page.is_complete
    assert page.bodies == [f"line {i}" for i in range(5)]
    for i, message in enumerate(page.messages):
        assert inner(message).get("to") is None
        assert inner(message).get("from") == f"{room}/{('romeo', 'juliet')[i % 2]}"
        assert message.find(f"{FORWARDED}/{DELAY}") is not None


def test_pages_ids_and_flips(people, room):
    romeo, _, ids = meeting(people, room)

    first = ask(romeo, room, page="<max>2</max>")
    assert first.ids == ids[:2] and not first.is_complete
    assert [first.end("first"), first.end("last")] == ids[:2]
    exact = ask(romeo, room, page=f"<max>3</max><after>{ids[1]}</after>")
    assert exact.ids == ids[2:] and exact.is_complete
    assert ask(romeo, room, page=f"<max>2</max><before>{ids[3]}</before>").ids \
        == ids[1:3]
    assert ask(romeo, room, page="<max>2</max><before/>").ids == ids[3:]
    assert ask(romeo, room, page="<max>2</max><before/>", flip=True).ids \
        == ids[:2:-1]
    assert ask(romeo, room, ids=[ids[3], ids[0]]).ids == [ids[0], ids[3]]
    assert ask(romeo, room, after_id=ids[0], before_id=ids[3]).ids == ids[1:3]
    count = ask(romeo, room, page=f"<max>0</max><after>{ids[1]}</after>")
    assert count.ids == [] and count.end("count") == "3"


def test_whom_and_when(people, room):
    romeo, juliet, ids = meeting(people, room)
    times = [m.find(f"{FORWARDED}/{DELAY}").get("stamp")
             for m in ask(romeo, room).messages]

    assert ask(romeo, room, **{"with": f"{room}/juliet"}).ids == ids[1::2]
    assert ask(romeo, room, **{"with": f"{room}/nobody"}).ids == []
    assert ask(romeo, room, start=times[1]).ids[-4:] == ids[1:]
    assert ask(romeo, room, start="2030-01-01T00:00:00Z").ids == []
    assert ask(romeo, room, end="1960-01-01T00:00:00Z").ids == []
    assert ask(romeo, room, start="0001-01-01T00:00:00Z",
               end="9999-12-31T23:59:59Z").ids == ids


def test_real_addresses_are_for_who_may_know_them(people, room):
    romeo, juliet, ids = meeting(people, room)

    for message in ask(romeo, room).messages[1::2]:
        assert inner(message).find(f"{MUC_USER}x/{MUC_USER}item").get("jid") \
            == juliet.jid
    assert ask(romeo, room, **{"with": juliet.bare}).ids == ids[1::2]
    assert ask(romeo, room, **{"with": juliet.jid}).ids == ids[1::2]
    assert ask(romeo, room, **{"with": juliet.bare + "x"}).ids == []
    assert all(inner(m).find(MUC_USER + "x") is None
               for m in ask(juliet, room).messages)
    assert ask(juliet, room, **{"with": romeo.bare}).ids == []
    assert ask(juliet, room, **{"with": juliet.bare}).ids == []


def test_in_a_room_without_secrets_they_are_for_all(people, room):
    romeo, juliet, ids = meeting(people, room, whois="anyone")

    assert inner(ask(juliet, room).messages[0]).find(
        f"{MUC_USER}x/{MUC_USER}item").get("jid") == romeo.jid


def test_metadata_form_and_features(people, room):
    romeo = people.online("romeo")
    creates(romeo, room, "romeo")
    metadata = "<metadata xmlns='urn:xmpp:mam:2'/>"
    assert len(romeo.get(metadata, room)) == 0
    says(romeo, room, "alone")
    id = stamp_of(romeo.receives("alone"), room)

    answer = romeo.get(metadata, room)
    assert [e.get("id") for e in answer] == [id, id]
    assert answer[0].get("timestamp") == answer[1].get("timestamp")
    form = romeo.get("<query xmlns='urn:xmpp:mam:2'/>", room)
    fields = {f.get("var") for f in form.iter(DATA + "field")}
    assert {"with", "start", "end", "before-id", "after-id", "ids"} <= fields
    assert "{urn:xmpp:fulltext:0}fulltext" not in fields
    features = {e.get("var") for e in romeo.get(
        "<query xmlns='http://jabber.org/protocol/disco#info'/>", room).iter()}
    assert {"urn:xmpp:mam:2", "urn:xmpp:mam:2#extended",
            "urn:xmpp:mam:2#groupchat-field", "urn:xmpp:sid:0"} <= features


@pytest.mark.parametrize("what, condition", [
    ({"page": "<max>many</max>"}, "bad-request"),
    ({"page": "<max>1</max><index>5</index>"}, "feature-not-implemented"),
    ({"start": "yesterday"}, "bad-request"),
    ({"with": "@@@"}, "bad-request"),
    ({"mood": "happy"}, "feature-not-implemented"),
    ({"{urn:xmpp:fulltext:0}fulltext": "x"}, "feature-not-implemented"),
    ({"form_type": "urn:else", "start": "2020-01-01T00:00:00Z"}, "bad-request"),
    ({"page": "<before>nowhere</before>"}, "item-not-found"),
    ({"after_id": "nowhere"}, "item-not-found"),
    ({"ids": ["nowhere"]}, "item-not-found"),
    ({"ids": [str(i) for i in range(2000)]}, "resource-constraint")])
def test_absurd_questions_are_refused(people, room, what, condition):
    romeo = people.online("romeo")
    creates(romeo, room, "romeo")

    with pytest.raises(Refused) as refused:
        ask(romeo, room, **what)
    assert str(refused.value) == condition


def test_ids_of_another_room_are_not_there(people, room):
    romeo, _, ids = meeting(people, room, 1)
    other = f"{people.name('other')}@conference.localhost"
    creates(romeo, other, "romeo")

    for what in ({"ids": ids}, {"after_id": ids[0]}):
        with pytest.raises(Refused) as refused:
            ask(romeo, other, **what)
        assert str(refused.value) == "item-not-found"


def test_who_may_not_enter_may_not_ask(people, room):
    romeo, juliet, _ = meeting(people, room, 1)
    changes(romeo, room, f"affiliation='outcast' jid='{juliet.bare}'")

    for payload, kind in ((question(), "set"),
                          ("<metadata xmlns='urn:xmpp:mam:2'/>", "get")):
        assert error_of(juliet.iq(kind, payload, room)) == "forbidden"


def test_a_room_without_an_archive_has_none(people, room):
    romeo = people.online("romeo")
    creates(romeo, room, "romeo", enablelogging=0)

    for payload, kind in ((question(), "set"),
                          ("<metadata xmlns='urn:xmpp:mam:2'/>", "get")):
        assert error_of(romeo.iq(kind, payload, room)) == "service-unavailable"
