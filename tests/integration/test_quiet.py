"""Quiet hours: what waits, what does not, and what others see."""
import json
import os
import signal
import time

import pytest

from eventing import publish, wants
from suite import Suite
from test_commands import COMMANDS, run
from test_departments import Office
from test_inactive import ACTIVE, goes_inactive, hears_nothing, show
from test_stream_management import enable, resume
from xmpp import CLIENT, SM, error_of

QUIET = "urn:posthouse:quiet:0"
ALWAYS = "daily 00:00-24:00"
URGENT = ("<headers xmlns='http://jabber.org/protocol/shim'>"
          "<header name='Urgency'>high</header></headers>")
DATA = "{jabber:x:data}"
BOOKMARKS = "urn:xmpp:bookmarks:1"


@pytest.fixture(scope="module")
def company():
    with Suite(sm=2, users=("root",),
               settings={"admins": '{"root@localhost"}'}) as suite:
        yield suite


@pytest.fixture
def people(company, crowd_of):
    return crowd_of(company)


def quiet(suite, client, hours=ALWAYS, *words):
    return json.loads(suite.ctl("--json", "user", "quiet", client.bare, hours,
                                *words).stdout)


def is_busy(element):
    return element.tag == CLIENT + "presence" and show(element) == "dnd"


def becomes_quiet(suite, client, watcher, *words):
    quiet(suite, client, ALWAYS, *words)
    watcher.waits_for(lambda e: is_busy(e) and e.get("from") == client.jid)


@pytest.fixture
def friends(company, people):
    """Juliet has quiet hours now, and looks at nothing."""
    romeo, juliet = people.friends()
    becomes_quiet(company, juliet, romeo)
    goes_inactive(juliet)
    return romeo, juliet


# --- what waits ---------------------------------------------------------------


def test_a_message_waits_until_she_looks(friends):
    romeo, juliet = friends
    romeo.send(juliet.bare, "are you asleep")
    romeo.send(juliet.bare, "answer me")
    hears_nothing(juliet)
    juliet.send_raw(ACTIVE)
    juliet.receives("are you asleep")
    juliet.receives("answer me")
    romeo.hears_nothing_of(lambda e: e.get("type") == "error")


def test_who_looks_hears_at_once(company, people):
    """Hours keep nothing from a person at his desk."""
    romeo, juliet = people.friends()
    becomes_quiet(company, juliet, romeo)
    romeo.send(juliet.bare, "at your desk so late")
    juliet.receives("at your desk so late")


def test_the_end_of_the_hours_brings_what_waited(company, friends):
    romeo, juliet = friends
    romeo.send(juliet.bare, "good night")
    hears_nothing(juliet)
    quiet(company, juliet, "none")
    juliet.receives("good night")


def test_what_a_room_says_waits_too(company, people, friends):
    romeo, juliet = friends
    juliet.send_raw(ACTIVE)
    room = f"quiet{juliet.bare.split('@')[0]}@conference.localhost"
    muc = "<x xmlns='http://jabber.org/protocol/muc'/>"
    for client, nick in ((romeo, "r"), (juliet, "j")):
        client.presence(to=f"{room}/{nick}", inside=muc)
        client.receives_presence(f"{room}/{nick}")
        if client is romeo:
            client.set("<query xmlns='http://jabber.org/protocol/muc#owner'>"
                       "<x xmlns='jabber:x:data' type='submit'/></query>", room)
    juliet.waits_for(lambda e: e.find(CLIENT + "subject") is not None)
    goes_inactive(juliet)
    romeo.send(room, "to all", kind="groupchat")
    romeo.receives("to all")
    hears_nothing(juliet)
    juliet.send_raw(ACTIVE)
    juliet.receives("to all")


def test_a_phone_may_ask_whether_it_is_connected(company, people):
    """XEP-0198's <r/> is answered, and brings no message along."""
    romeo, juliet = people.friends()
    enable(juliet)
    becomes_quiet(company, juliet, romeo)
    goes_inactive(juliet)
    romeo.send(juliet.bare, "are you asleep")
    hears_nothing(juliet)
    juliet.send_raw("<r xmlns='urn:xmpp:sm:3'/>")
    assert juliet.next().tag == SM + "a"
    hears_nothing(juliet)
    juliet.send_raw(ACTIVE)
    juliet.receives("are you asleep")


def test_the_sender_is_acknowledged_and_the_archive_has_it(company, friends):
    romeo, juliet = friends
    enable(romeo)
    romeo.send(juliet.bare, "written down")
    romeo.send_raw("<r xmlns='urn:xmpp:sm:3'/>")
    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "1")
    found = company.ctl("archive", "search", juliet.bare, "--reason", "test")
    assert "written down" in found.stdout
    hears_nothing(juliet)


@pytest.mark.parametrize("daemon", ["sm", "c2sd"])
def test_nothing_is_lost_when_dies(own_suite, crowd_of, daemon):
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = people.friends()
    id = enable(juliet)
    becomes_quiet(suite, juliet, romeo)
    goes_inactive(juliet)
    romeo.send(juliet.bare, "before")
    hears_nothing(juliet)
    os.kill(suite.pids(daemon)[0], signal.SIGKILL)
    if daemon == "c2sd":
        juliet.is_closed()
        romeo = people.again(romeo)
        juliet = resume(people, juliet, id, 1)
        juliet.receives("before")  # whoever resumes looks
        goes_inactive(juliet)
        romeo.send(juliet.bare, "after")
        hears_nothing(juliet)
    else:
        romeo.send(juliet.bare, "after")
        hears_nothing(juliet)
        quiet(suite, juliet, "none")  # the new sm knows what it was
        juliet.receives("before")
        juliet.receives("after")


# --- what does not ------------------------------------------------------------


def test_an_exception_comes_at_once_with_what_waited(company, people):
    romeo, juliet = people.friends()
    nurse = people.online("nurse")
    becomes_quiet(company, juliet, romeo, "--except", nurse.bare)
    goes_inactive(juliet)
    romeo.send(juliet.bare, "later")
    hears_nothing(juliet)
    nurse.send(juliet.bare, "get up")
    juliet.receives("later")
    juliet.receives("get up")


def test_urgent_is_what_an_administrator_says_is(company, people, friends):
    romeo, juliet = friends
    romeo.send(juliet.bare, "for me it is", inside=URGENT)
    hears_nothing(juliet)
    root = people.login("root").comes_online()
    root.send(juliet.bare, "not that much")
    hears_nothing(juliet)
    root.send(juliet.bare, "fire", inside=URGENT)
    for text in ("for me it is", "not that much", "fire"):
        juliet.receives(text)


def test_an_announcement_may_be_urgent(company, people, friends):
    romeo, juliet = friends
    root = people.login("root").comes_online()
    run(root, "announce", announcement=["cake"], group=["online"])
    hears_nothing(juliet, 2)
    run(root, "announce", announcement=["fire"], group=["online"], urgent=["1"])
    juliet.receives("cake")
    juliet.receives("fire")


def test_who_may_write_to_all_may_not_disturb_all(company, people, friends):
    romeo, juliet = friends
    company.ctl("property", "set", "account", romeo.bare, "broadcast", "yes")
    speak = ("<command xmlns='http://jabber.org/protocol/commands' node="
             "'http://jabber.org/protocol/admin#announce'>"
             "<x xmlns='jabber:x:data' type='submit'><field var='announcement'><value>"
             "{}</value></field><field var='group'><value>online</value></field>"
             "<field var='urgent'><value>{}</value></field></x></command>")

    deadline = time.monotonic() + 15
    while error_of(romeo.iq("set", speak.format("cake", 0), "localhost")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert error_of(romeo.iq("set", speak.format("fire", 1),
                             "localhost")) == "forbidden"
    hears_nothing(juliet, 2)


# --- what others see ----------------------------------------------------------


def test_others_see_dnd_where_she_says_no_more_than_that_she_is_there(company,
                                                                      people):
    romeo, juliet = people.friends()
    becomes_quiet(company, juliet, romeo)
    for said, seen in (("<show>away</show>", "away"), ("<show>chat</show>", "dnd"),
                       ("<status>x</status>", "dnd")):
        juliet.presence(inside=said)
        romeo.waits_for(lambda e: e.get("from") == juliet.jid
                        and show(e) == seen)
    again = people.again(romeo)  # a probe tells the same
    again.waits_for(lambda e: is_busy(e) and e.get("from") == juliet.jid)
    quiet(company, juliet, "none")
    romeo.waits_for(lambda e: e.get("from") == juliet.jid and show(e) is None)


# --- who sets them ------------------------------------------------------------


def test_a_department_has_hours_until_somebody_has_his_own(company, crowd_of):
    office = Office(company, crowd_of(company))
    sales = office.department()
    romeo, juliet = office.colleagues(sales, "romeo", "juliet")
    company.ctl("property", "set", "department", sales, "quiet-hours", ALWAYS)
    romeo.waits_for(lambda e: is_busy(e) and e.get("from") == juliet.jid)
    told = json.loads(company.ctl("--json", "user", "quiet", juliet.bare).stdout)
    assert told[0]["quiet_now"] == "yes"
    assert told[0]["because"] == f"a property of department {sales}"
    assert quiet(company, juliet, "none")[0]["quiet_now"] == "no"
    romeo.waits_for(lambda e: e.get("from") == juliet.jid and show(e) is None)
    assert quiet(company, juliet, "inherit")[0]["hours"] == ALWAYS


def form_of(client, **fields):
    inside = "".join(
        f"<field var='{name}'>" + "".join(f"<value>{v}</value>" for v in values)
        + "</field>" for name, values in fields.items())
    return client.iq("set", f"<command xmlns='{COMMANDS}' action='complete' "
                            f"node='{QUIET}#hours'><x xmlns='jabber:x:data' "
                            f"type='submit'>{inside}</x></command>", "localhost")


def test_everybody_sets_his_own_in_any_client(company, people):
    romeo, juliet = people.friends()
    nodes = {i.get("node"): i.get("name") for i in juliet.get(
        "<query xmlns='http://jabber.org/protocol/disco#items' "
        f"node='{COMMANDS}'/>", "localhost")}
    assert nodes == {f"{QUIET}#hours": "Quiet hours"}
    form = juliet.set(f"<command xmlns='{COMMANDS}' node='{QUIET}#hours' "
                      "action='execute'/>", "localhost")
    fields = {f.get("var"): [v.text for v in f.iterfind(DATA + "value")]
              for f in form.iter(DATA + "field")}
    assert fields["mode"] == ["inherited"]
    assert fields["from"] == ["20:00"] and fields["to"] == ["08:00"]
    every = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert fields["days"] == every

    done = form_of(juliet, mode=["own"], days=every, **{"from": ["00:00"]},
                   to=["24:00"], zone=["Asia/Shanghai"],
                   **{"except": ["nurse@example.org"]})
    assert done.get("type") == "result"
    romeo.waits_for(lambda e: is_busy(e) and e.get("from") == juliet.jid)
    told = json.loads(company.ctl("--json", "user", "quiet", juliet.bare).stdout)
    assert told == [{"hours": "mon,tue,wed,thu,fri,sat,sun 00:00-24:00 "
                              "Asia/Shanghai", "quiet_now": "yes",
                     "except": "nurse@example.org",
                     "because": "a property of the account"}]
    form_of(juliet, mode=["inherited"])
    romeo.waits_for(lambda e: e.get("from") == juliet.jid and show(e) is None)


@pytest.mark.parametrize("fields", (
    {"days": ["mon"], "from": ["25:00"], "to": ["08:00"]},
    {"days": [], "from": ["20:00"], "to": ["08:00"]},
    {"days": ["mon"], "from": ["20:00"], "to": ["08:00"], "zone": ["Moon/Base"]},
    {"days": ["mon"], "from": ["20:00"], "to": ["08:00"],
     "zone": ["../../etc/passwd"]},
    {"days": ["mon"], "from": ["20:00"], "to": ["08:00"], "except": ["a@@b"]}))
def test_wrong_hours_are_refused(people, fields):
    juliet = people.online("juliet")
    assert error_of(form_of(juliet, mode=["own"], **fields)) == "not-acceptable"


@pytest.mark.parametrize("hours", ("always", "mon 8-9", "mon 08:00-08:00",
                                   "mon 20:00-08:00 Asia", "mun 20:00-08:00"))
def test_an_administrator_is_told_what_is_wrong(company, people, hours):
    name = people.account()
    refused = company.ctl("user", "quiet", f"{name}@localhost", hours,
                          check=False)
    assert refused.returncode == 1 and "expected" in refused.stderr
    refused = company.ctl("property", "set", "account", f"{name}@localhost",
                          "quiet-hours", hours, check=False)
    assert refused.returncode == 1


# --- notification settings of a chat (XEP-0492) --------------------------------


NOTIFY = ("<notify xmlns='urn:xmpp:notification-settings:1'>"
          "<never identity-category='client' identity-type='phone'>"
          "<advanced><when xmlns='urn:x:own'>night</when></advanced></never>"
          "<on-mention/></notify>")


def notify_of(client, room):
    items = client.get("<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                       f"<items node='{BOOKMARKS}'/></pubsub>")
    for item in items.iter("{http://jabber.org/protocol/pubsub}item"):
        if item.get("id") == room:
            return item.find(".//{urn:xmpp:notification-settings:1}notify")
    return None


def is_whole(notify):
    never = notify.find("{urn:xmpp:notification-settings:1}never")
    return (never.get("identity-type") == "phone"
            and never.findtext(".//{urn:x:own}when") == "night"
            and notify.find("{urn:xmpp:notification-settings:1}on-mention")
            is not None)


def test_settings_of_a_chat_are_the_same_on_all_devices(people):
    """They lie in the bookmark, and stay there when an old client, which knows
    nothing of them, renames it."""
    phone = people.online("juliet")
    desk = wants(people.again(phone), BOOKMARKS)
    room = "inn@conference.localhost"
    publish(phone, BOOKMARKS, room,
            f"<conference xmlns='{BOOKMARKS}' name='Inn'><extensions>{NOTIFY}"
            "</extensions></conference>", access_model="whitelist",
            persist_items="1", max_items="max")
    event = desk.waits_for(lambda e: e.find(f".//{{{BOOKMARKS}}}conference")
                           is not None)
    assert is_whole(event.find(".//{urn:xmpp:notification-settings:1}notify"))
    assert is_whole(notify_of(desk, room))
    desk.set("<query xmlns='jabber:iq:private'>"
             "<storage xmlns='storage:bookmarks'>"
             f"<conference jid='{room}' name='The inn'/></storage></query>")
    assert is_whole(notify_of(phone, room))
