"""Hats in rooms (XEP-0317): titles without rights."""
import pytest

from test_rooms import (DATA, codes, creates, enters,
                        room, roominfo)
from xmpp import CLIENT, error_of, is_message

HATS = "{urn:xmpp:hats:0}"
COMMANDS = "http://jabber.org/protocol/commands"
NODE = "urn:xmpp:hats:commands:"
TEACHER = "http://tech.example.edu/hats#Teacher"


def command(client, room, what, **fields):
    """Sends a command with a form, or without; returns the answer."""
    inside = "".join(f"<field var='hats#{name}'><value>{value}</value></field>"
                     for name, value in fields.items())
    form = (f"<x xmlns='jabber:x:data' type='submit'>{inside}</x>"
            if fields else "")
    return client.iq("set", f"<command xmlns='{COMMANDS}' node='{NODE}{what}' "
                            f"action='execute'>{form}</command>", to=room)


def succeeds(client, room, what, **fields):
    answer = command(client, room, what, **fields)
    assert answer.get("type") == "result", error_of(answer)
    assert answer[0].get("status") == "completed"
    return answer[0]


def worn(presence):
    return [h.attrib for h in presence.iter(HATS + "hat")]


def rows(element):
    return [{f.get("var"): f.findtext(DATA + "value")
             for f in item.iter(DATA + "field")}
            for item in element.iter(DATA + "item")]


@pytest.fixture
def school(people, room):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo")
    enters(juliet, room, "juliet")
    succeeds(romeo, room, "create", title="Teacher", uri=TEACHER, hue="171.43")
    return romeo, juliet


def test_a_hat_is_made_given_shown_and_taken(school, room, people):
    romeo, juliet = school

    succeeds(romeo, room, "assign", jid=juliet.bare, uri=TEACHER)
    hat = {"title": "Teacher", "uri": TEACHER, "hue": "171.43"}
    seen = romeo.waits_for(lambda e: e.get("from") == f"{room}/juliet"
                           and worn(e))
    assert worn(seen) == [hat]
    late = people.online("late")
    late.stanza(f"<presence to='{room}/late'><x "
                "xmlns='http://jabber.org/protocol/muc'/></presence>")
    assert worn(late.receives_presence(f"{room}/juliet")) == [hat]

    succeeds(romeo, room, "unassign", jid=juliet.bare, uri=TEACHER)
    assert worn(late.receives_presence(f"{room}/juliet")) == []


def test_the_lists_tell_hats_and_wearers(school, room):
    romeo, juliet = school
    succeeds(romeo, room, "assign", jid=juliet.bare, uri=TEACHER)

    assert rows(succeeds(romeo, room, "list")) == [
        {"hats#title": "Teacher", "hats#uri": TEACHER, "hats#hue": "171.43"}]
    assert rows(succeeds(romeo, room, "list-assigned"))[0]["hats#jid"] == \
        juliet.bare


def test_a_changed_hat_is_shown_again(school, room):
    romeo, juliet = school
    succeeds(romeo, room, "assign", jid=juliet.bare, uri=TEACHER)
    before = roominfo(romeo, room)["hats#hash"]

    succeeds(romeo, room, "create", title="Professor", uri=TEACHER)

    juliet.waits_for(lambda e: is_message(e) and 104 in codes(e))
    juliet.waits_for(lambda e: [h["title"] for h in worn(e)] == ["Professor"])
    assert roominfo(romeo, room)["hats#hash"] != before


def test_a_destroyed_hat_is_worn_no_more(school, room):
    romeo, juliet = school
    succeeds(romeo, room, "assign", jid=juliet.bare, uri=TEACHER)
    juliet.waits_for(worn)

    succeeds(romeo, room, "destroy", uri=TEACHER)

    juliet.waits_for(lambda e: e.tag == CLIENT + "presence"
                     and e.get("from") == f"{room}/juliet" and not worn(e))
    assert "hats#hash" not in roominfo(romeo, room)


def test_the_commands_are_offered_with_their_forms(school, room):
    romeo, juliet = school
    wanted = (f"<query xmlns='http://jabber.org/protocol/disco#items' "
              f"node='{COMMANDS}'/>")

    offered = [i.get("node") for i in romeo.get(wanted, to=room)]
    assert set(offered) == {NODE + n for n in (
        "create", "destroy", "list", "assign", "unassign", "list-assigned")}
    assert len(juliet.get(wanted, to=room)) == 0
    form = command(romeo, room, "assign")[0]
    assert form.get("status") == "executing"
    assert {f.get("var") for f in form.iter(DATA + "field")} == {
        "FORM_TYPE", "hats#jid", "hats#uri"}
    assert form.find(f".//{DATA}option/{DATA}value").text == TEACHER


@pytest.mark.parametrize("who, what, fields, condition", [
    ("juliet", "create", {"title": "x", "uri": "urn:x"}, "forbidden"),
    ("juliet", "assign", {"jid": "x@localhost", "uri": TEACHER}, "forbidden"),
    ("juliet", "list", {}, "forbidden"),
    ("romeo", "create", {"title": "", "uri": "urn:x"}, "bad-request"),
    ("romeo", "create", {"title": "x", "uri": ""}, "bad-request"),
    ("romeo", "create", {"title": "x" * 300, "uri": "urn:x"}, "bad-request"),
    ("romeo", "create", {"title": "x", "uri": "urn:x", "hue": "361"},
     "bad-request"),
    ("romeo", "create", {"title": "x", "uri": "urn:x", "hue": "red"},
     "bad-request"),
    ("romeo", "assign", {"jid": "@", "uri": TEACHER}, "jid-malformed"),
    ("romeo", "assign", {"jid": "x@localhost", "uri": "urn:none"},
     "item-not-found"),
    ("romeo", "unassign", {"jid": "x@localhost", "uri": TEACHER},
     "item-not-found"),
    ("romeo", "destroy", {"uri": "urn:none"}, "item-not-found"),
    ("romeo", "abdicate", {}, "item-not-found")])
def test_wrong_commands_are_refused(school, room, who, what, fields,
                                    condition):
    cast = dict(zip(("romeo", "juliet"), school))

    assert error_of(command(cast[who], room, what, **fields)) == condition


def test_nobody_puts_a_hat_on_himself(school, room):
    romeo, juliet = school
    forged = f"<hats xmlns='urn:xmpp:hats:0'><hat title='King' uri='{TEACHER}'/></hats>"

    juliet.stanza(f"<presence to='{room}/juliet'><show>away</show>{forged}"
                  "</presence>")

    seen = romeo.waits_for(lambda e: e.findtext(CLIENT + "show") == "away")
    assert worn(seen) == []


def test_hats_are_limited_and_outlive_mucd(own_suite, crowd_of, room):
    suite = own_suite(settings={"mucd.max-hats": 1, "mucd.max-hat-wearers": 1})
    people = crowd_of(suite)
    romeo, juliet = people.online("romeo"), people.online("juliet")
    creates(romeo, room, "romeo", persistentroom="1")
    enters(juliet, room, "juliet")
    succeeds(romeo, room, "create", title="Teacher", uri=TEACHER)
    succeeds(romeo, room, "assign", jid=juliet.bare, uri=TEACHER)

    for what, fields in (
            ("create", {"title": "x", "uri": "urn:x"}),
            ("assign", {"jid": "x@localhost", "uri": TEACHER})):
        assert error_of(command(romeo, room, what, **fields)) == \
            "resource-constraint"
    suite.kill_one("mucd")

    assert rows(succeeds(romeo, room, "list-assigned"))[0]["hats#jid"] == \
        juliet.bare
    late = people.online("late")
    late.stanza(f"<presence to='{room}/late'><x "
                "xmlns='http://jabber.org/protocol/muc'/></presence>")
    assert worn(late.receives_presence(f"{room}/juliet"))[0]["uri"] == TEACHER
