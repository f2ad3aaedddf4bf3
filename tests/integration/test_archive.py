"""A user's archive (XEP-0313, 0059, 0359, 0431, 0441), and what waits for him out of
the same store."""
import time

import pytest

from test_stream_management import REQUEST, enable
from xmpp import CLIENT, SM, Refused, error_of, is_message

MAM = "{urn:xmpp:mam:2}"
RSM = "{http://jabber.org/protocol/rsm}"
DATA = "{jabber:x:data}"
FORWARDED = "{urn:xmpp:forward:0}forwarded"
DELAY = "{urn:xmpp:delay}delay"
STAMP = "{urn:xmpp:sid:0}stanza-id"
INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
ENABLE_CARBONS = "<enable xmlns='urn:xmpp:carbons:2'/>"


def question(page="", form_type="urn:xmpp:mam:2", flip=False, **fields):
    """A <query/>; fields of the form by name, lists for several values."""
    form = "".join(
        f"<field var='{var.replace('_', '-')}'>"
        + "".join(f"<value>{v}</value>"
                  for v in (value if isinstance(value, list) else [value]))
        + "</field>" for var, value in fields.items())
    if form:
        form = ("<x xmlns='jabber:x:data' type='submit'>"
                f"<field var='FORM_TYPE' type='hidden'><value>{form_type}"
                f"</value></field>{form}</x>")
    if page:
        page = f"<set xmlns='http://jabber.org/protocol/rsm'>{page}</set>"
    return (f"<query xmlns='urn:xmpp:mam:2' queryid='q'>{form}{page}"
            + ("<flip-page/>" if flip else "") + "</query>")


class Page:
    def __init__(self, messages, fin):
        self.messages = messages
        self.fin = fin

    @property
    def bodies(self):
        return [m.findtext(f"{FORWARDED}/{CLIENT}message/{CLIENT}body")
                for m in self.messages]

    @property
    def ids(self):
        return [m.get("id") for m in self.messages]

    @property
    def is_complete(self):
        return self.fin.get("complete") == "true"

    def end(self, name):
        return self.fin.findtext(f"{RSM}set/{RSM}{name}")


def ask(client, **what):
    """The answer of one's own archive."""
    client.stanza(f"<iq type='set' id='mam'>{question(**what)}</iq>")
    messages = []
    while True:
        element = client.next()
        result = element.find(MAM + "result")
        if result is not None:
            assert result.get("queryid") == "q"
            assert element.get("from") == client.bare
            messages.append(result)
        if element.tag == CLIENT + "iq" and element.get("id") == "mam":
            if element.get("type") == "error":
                raise Refused(element.find(CLIENT + "error")[0].tag
                              .split("}")[1])
            return Page(messages, element.find(MAM + "fin"))


def refused(client, **what):
    with pytest.raises(Refused) as found:
        ask(client, **what)
    return str(found.value)


def stamp_of(message, bare):
    """The id in the archive of this account; None without."""
    found = [s.get("id") for s in message.findall(STAMP)
             if s.get("by") == bare]
    assert len(found) <= 1
    return found[0] if found else None


def settled(*clients):
    """What they have sent has been decided on; an archive finds it then."""
    for client in clients:
        client.get("<ping xmlns='urn:xmpp:ping'/>", "localhost")


def talk(people, count=3):
    """Each message in a millisecond of its own."""
    romeo, juliet = people.online("romeo"), people.online("juliet")
    for i in range(count):
        romeo.send(juliet.jid, f"message {i}")
        juliet.receives(f"message {i}")
        time.sleep(0.002)
    settled(romeo)
    return romeo, juliet


# --- what is kept -------------------------------------------------------------


def test_both_sides_find_what_was_said_with_its_id(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.send(juliet.jid, "hello", id="h1")
    heard = juliet.receives("hello")
    settled(romeo)

    hers, his = ask(juliet), ask(romeo)
    assert hers.bodies == his.bodies == ["hello"]
    assert hers.ids == [stamp_of(heard, juliet.bare)]
    message = hers.messages[0].find(f"{FORWARDED}/{CLIENT}message")
    assert message.get("from") == romeo.jid
    assert message.get("to") == juliet.jid
    assert message.get("id") == "h1"
    assert hers.messages[0].find(f"{FORWARDED}/{DELAY}") is not None
    assert hers.is_complete and hers.end("first") == hers.end("last")


def test_nobody_else_may_ask(people):
    romeo, juliet = talk(people, 1)

    romeo.stanza(f"<iq type='set' id='mam' to='{juliet.bare}'>"
                 + question() + "</iq>")
    answer = romeo.waits_for(lambda e: e.get("id") == "mam")
    assert answer.get("type") == "error"


KEPT = {
    "encrypted": "<encrypted xmlns='eu.siacs.conversations.axolotl'/>",
    "receipt": "<received xmlns='urn:xmpp:receipts' id='1'/>",
    "marker": "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>",
    "retraction": "<retract xmlns='urn:xmpp:message-retract:1' id='1'/>",
    "reaction": "<reactions xmlns='urn:xmpp:reactions:0' id='1'/>",
    "hint": "<data xmlns='urn:example'/><store xmlns='urn:xmpp:hints'/>",
    "languages": "<body xml:lang='en'>yes</body><body xml:lang='zh'>是</body>",
}


@pytest.mark.parametrize("what", KEPT)
def test_what_means_something_later_is_kept(people, what):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.stanza(f"<message type='chat' to='{juliet.jid}'>{KEPT[what]}"
                 "</message>")
    heard = juliet.waits_for(is_message)
    settled(romeo)

    assert ask(juliet).ids == [stamp_of(heard, juliet.bare)]
    assert len(ask(romeo).ids) == 1


PASSED = {
    "typing": ("chat", "<composing xmlns='http://jabber.org/protocol/"
               "chatstates'/>"),
    "no-store": ("chat", "<body>x</body><no-store xmlns='urn:xmpp:hints'/>"),
    "no-permanent-store": ("chat", "<body>x</body><no-permanent-store "
                           "xmlns='urn:xmpp:hints'/>"),
    "headline": ("headline", "<body>x</body>"),
    "error": ("error", "<body>x</body><store xmlns='urn:xmpp:hints'/>"),
}


@pytest.mark.parametrize("what", PASSED)
def test_what_does_not_is_passed_on_alone(people, what):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    kind, inside = PASSED[what]

    romeo.stanza(f"<message type='{kind}' to='{juliet.jid}'>{inside}</message>")
    heard = juliet.waits_for(is_message)
    settled(romeo)

    assert stamp_of(heard, juliet.bare) is None
    assert ask(juliet).ids == ask(romeo).ids == []


def test_what_one_sends_oneself_is_there_once(people):
    romeo = people.online("romeo")

    romeo.send(romeo.bare, "note to self")
    romeo.receives("note to self")
    settled(romeo)

    assert ask(romeo).bodies == ["note to self"]
    assert ask(romeo, **{"with": romeo.bare}).bodies == ["note to self"]


def test_carbons_tell_the_id_of_their_archive(people):
    account = people.account("juliet")
    phone = people.login(account, "phone").comes_online(5)
    desk = people.login(account, "desk").comes_online(0)
    romeo = people.online("romeo")
    desk.set(ENABLE_CARBONS)

    romeo.send(phone.jid, "received")
    phone.send(romeo.jid, "sent")
    copies = [desk.waits_for(is_message) for _ in range(2)]
    settled(romeo, phone)

    inner = [c.find(f".//{FORWARDED}/{CLIENT}message") for c in copies]
    assert [stamp_of(m, desk.bare) for m in inner] == ask(desk).ids
    heard = romeo.receives("sent")
    assert stamp_of(heard, phone.bare) is None
    assert stamp_of(heard, romeo.bare) == ask(romeo).ids[1]


def test_a_message_that_was_refused_is_not_in_the_archive(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    juliet.set("<block xmlns='urn:xmpp:blocking'>"
               f"<item jid='{romeo.bare}'/></block>")

    romeo.send(juliet.jid, "do you hear me")
    romeo.receives_error("service-unavailable")
    settled(romeo)

    assert ask(juliet).ids == []
    assert ask(romeo).bodies == ["do you hear me"]


# --- spoofed ------------------------------------------------------------------


def test_ids_delays_and_wrappers_of_others_are_taken_out(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")

    romeo.send(juliet.jid, "trust me", inside=(
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='{juliet.bare}' id='1'/>"
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='room@else.example' id='2'/>"
        "<delay xmlns='urn:xmpp:delay' from='localhost' "
        "stamp='1999-01-01T00:00:00Z'/>"
        "<result xmlns='urn:xmpp:mam:2' id='3'/>"
        "<sent xmlns='urn:xmpp:carbons:2'/>"
        "<received xmlns='urn:xmpp:carbons:2'/>"
        "<received xmlns='urn:xmpp:receipts' id='r'/>"))
    heard = juliet.receives("trust me")
    settled(romeo)

    assert stamp_of(heard, juliet.bare) == ask(juliet).ids[0] != "1"
    assert stamp_of(heard, "room@else.example") == "2"
    assert heard.find(DELAY) is None
    assert heard.find(MAM + "result") is None
    assert heard.find("{urn:xmpp:carbons:2}sent") is None
    assert heard.find("{urn:xmpp:carbons:2}received") is None
    assert heard.find("{urn:xmpp:receipts}received") is not None
    kept = ask(juliet).messages[0].find(f"{FORWARDED}/{CLIENT}message")
    assert stamp_of(kept, juliet.bare) is None
    assert kept.find(MAM + "result") is None


# --- pages --------------------------------------------------------------------


def test_pages_forward_and_back(people):
    _, juliet = talk(people, 7)

    first = ask(juliet, page="<max>3</max>")
    second = ask(juliet, page=f"<max>3</max><after>{first.end('last')}</after>")
    third = ask(juliet, page=f"<max>3</max><after>{second.end('last')}</after>")
    last = ask(juliet, page="<max>3</max><before/>")
    before = ask(juliet,
                 page=f"<max>3</max><before>{last.end('first')}</before>")

    assert first.bodies == ["message 0", "message 1", "message 2"]
    assert second.bodies == ["message 3", "message 4", "message 5"]
    assert third.bodies == ["message 6"]
    assert [p.is_complete for p in (first, second, third)] \
        == [False, False, True]
    assert last.bodies == ["message 4", "message 5", "message 6"]
    assert before.bodies == ["message 1", "message 2", "message 3"]


def test_a_flipped_page_has_the_same_messages(people):
    _, juliet = talk(people, 4)

    page = ask(juliet, page="<max>2</max>", flip=True)
    back = ask(juliet, page="<max>2</max><before/>", flip=True)

    assert page.bodies == ["message 1", "message 0"]
    assert back.bodies == ["message 3", "message 2"]
    assert [page.end("first"), page.end("last")] == page.ids[::-1]


def test_ids_name_single_messages(people):
    _, juliet = talk(people, 4)
    ids = ask(juliet).ids

    assert ask(juliet, ids=[ids[3], ids[1]]).ids == [ids[1], ids[3]]
    assert ask(juliet, after_id=ids[0], before_id=ids[3]).ids == ids[1:3]
    assert ask(juliet, before_id=ids[3],
               page=f"<max>1</max><after>{ids[0]}</after>").ids == [ids[1]]


def test_times_bound_what_is_found(people):
    _, juliet = talk(people, 3)
    page = ask(juliet)
    stamps = [m.find(f"{FORWARDED}/{DELAY}").get("stamp")
              for m in page.messages]

    assert ask(juliet, start=stamps[1]).ids == page.ids[1:]
    assert ask(juliet, end=stamps[1]).ids == page.ids[:2]
    assert ask(juliet, start=stamps[1], end=stamps[1]).ids == [page.ids[1]]
    assert ask(juliet, start="2030-01-01T00:00:00Z").ids == []
    assert ask(juliet, end="1980-01-01T00:00:00Z").ids == []


def test_whom_it_is_with(people):
    romeo, juliet = talk(people, 2)
    nurse = people.online("nurse")
    juliet.send(nurse.jid, "to the nurse")
    nurse.receives("to the nurse")
    settled(juliet)

    assert ask(juliet, **{"with": romeo.bare}).bodies \
        == ["message 0", "message 1"]
    assert ask(juliet, **{"with": nurse.bare}).bodies == ["to the nurse"]
    assert ask(juliet, **{"with": nurse.jid}).bodies == ["to the nurse"]
    assert ask(juliet, **{"with": nurse.bare + "/elsewhere"}).bodies == []
    assert ask(juliet, **{"with": "nobody@localhost"}).bodies == []
    assert ask(juliet, **{"with": juliet.bare}).bodies == []


def test_metadata_and_the_form(people):
    account = people.account("juliet")
    juliet = people.login(account).comes_online()
    metadata = "<metadata xmlns='urn:xmpp:mam:2'/>"
    assert len(juliet.get(metadata)) == 0

    romeo = people.online("romeo")
    for i in range(2):
        romeo.send(juliet.jid, f"message {i}")
        juliet.receives(f"message {i}")
    settled(romeo)

    ids = ask(juliet).ids
    answer = juliet.get(metadata)
    assert [answer.find(MAM + "start").get("id"),
            answer.find(MAM + "end").get("id")] == ids
    form = juliet.get("<query xmlns='urn:xmpp:mam:2'/>")
    fields = [f.get("var") for f in form.iter(DATA + "field")]
    assert {"with", "start", "end", "before-id", "after-id", "ids",
            "{urn:xmpp:fulltext:0}fulltext"} <= set(fields)


def test_the_account_tells_of_its_archive(people):
    juliet = people.online("juliet")

    features = [e.get("var") for e in juliet.get(INFO, juliet.bare).iter()]

    assert {"urn:xmpp:mam:2", "urn:xmpp:mam:2#extended", "urn:xmpp:sid:0",
            "urn:xmpp:fulltext:0"} <= set(features)


# --- absurd questions -----------------------------------------------------------


@pytest.mark.parametrize("what, condition", [
    ({"page": "<max>many</max>"}, "bad-request"),
    ({"page": "<max>-1</max>"}, "bad-request"),
    ({"start": "yesterday"}, "bad-request"),
    ({"end": "2020-13-45T99:00:00Z"}, "bad-request"),
    ({"with": "@@@"}, "bad-request"),
    ({"mood": "happy"}, "feature-not-implemented"),
    ({"form_type": "urn:else", "start": "2020-01-01T00:00:00Z"}, "bad-request"),
    ({"page": "<max>1</max><index>5</index>"}, "feature-not-implemented"),
    ({"page": "<after>4711</after>"}, "item-not-found"),
    ({"page": "<before>no id at all</before>"}, "item-not-found"),
    ({"after_id": "99999999999999999999999999"}, "item-not-found"),
    ({"ids": ["-5"]}, "item-not-found"),
    ({"ids": [str(i + 1) for i in range(2000)]}, "resource-constraint"),
    ({"{urn:xmpp:fulltext:0}fulltext": "x" * 2000}, "resource-constraint"),
])
def test_absurd_questions_are_refused(people, what, condition):
    assert refused(people.online("juliet"), **what) == condition


def test_absurd_limits_are_bounded(people):
    _, juliet = talk(people, 2)

    assert len(ask(juliet, page="<max>18446744073709551615</max>").ids) == 2
    assert len(ask(juliet, start="0001-01-01T00:00:00Z",
                   end="9999-12-31T23:59:59Z").ids) == 2
    assert ask(juliet, page="<max>0</max>").ids == []


def test_a_field_that_is_there_twice_is_refused(people):
    juliet = people.online("juliet")
    many = "".join(f"<value>{i}</value>" for i in range(90))

    answer = juliet.iq("set", question(ids=["1"]).replace(
        "</x>", f"<field var='ids'>{many}</field></x>"))
    assert error_of(answer) == "bad-request"


def test_the_archive_of_a_node_is_another_one(people):
    juliet = people.online("juliet")

    answer = juliet.iq("set", question().replace(
        "<query", "<query node='princely_musings'"))
    assert error_of(answer) == "feature-not-implemented"


def test_how_many_there_are(people):
    romeo, juliet = talk(people, 3)
    nurse = people.online("nurse")
    juliet.send(nurse.jid, "to the nurse")
    nurse.receives("to the nurse")
    settled(juliet)
    ids = ask(juliet).ids
    none = "<max>0</max>"

    def count(page=none, **fields):
        answer = ask(juliet, page=page, **fields)
        assert answer.ids == [] and answer.end("first") is None
        assert answer.is_complete == (answer.end("count") == "0")
        return answer.end("count")

    assert count() == "4"
    assert count(**{"with": romeo.bare}) == "3"
    assert count(**{"{urn:xmpp:fulltext:0}fulltext": "nurse"}) == "1"
    assert count(f"{none}<after>{ids[1]}</after>") == "2"
    assert count(before_id=ids[1]) == "1"
    assert count(ids=ids[:2]) == "2"
    assert count(start="2030-01-01T00:00:00Z") == "0"
    assert refused(juliet, page=f"{none}<after>17</after>") == "item-not-found"


def test_the_archive_of_another_is_not_reached_by_its_ids(people):
    _, juliet = talk(people, 1)
    thief = people.online("thief")

    assert refused(thief, ids=ask(juliet).ids) == "item-not-found"


# --- search ---------------------------------------------------------------------


def test_words_are_found_in_bodies_alone(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    texts = ["The quick brown fox", "明天上午开会讨论预算", "a & b <chat> 'c'",
             "nothing"]
    for text in texts:
        romeo.send(juliet.jid, text)
        juliet.receives(text)
    settled(romeo)

    def found(text):
        escaped = text.replace("&", "&amp;").replace("<", "&lt;")
        return ask(juliet, **{"{urn:xmpp:fulltext:0}fulltext": escaped}).bodies

    assert found("QUICK") == texts[:1]
    assert found("fox quick") == texts[:1]
    assert found("预算") == found("上午") == texts[1:2]
    assert found("预算 昨天") == []
    assert found("<chat>") == found("a & b") == texts[2:3]
    assert found("type") == found("message") == found(".*") == []
    assert ask(juliet, **{"{urn:xmpp:fulltext:0}fulltext": "fox",
                          "with": romeo.bare}).bodies == texts[:1]


# --- preferences ------------------------------------------------------------------

PREFS = ("<prefs xmlns='urn:xmpp:mam:2' default='{}'><always>{}</always>"
         "<never>{}</never></prefs>")


def test_preferences_rule_what_is_kept(people):
    juliet = people.online("juliet")
    friend, stranger = people.online("friend"), people.online("stranger")
    juliet.set("<query xmlns='jabber:iq:roster'>"
               f"<item jid='{friend.bare}'/></query>")

    answer = juliet.get("<prefs xmlns='urn:xmpp:mam:2'/>")
    assert answer.get("default") == "always"
    juliet.set(PREFS.format("roster", "", ""))
    for sender in (friend, stranger):
        sender.send(juliet.jid, f"from {sender.bare}")
        heard = juliet.receives(f"from {sender.bare}")
        assert (stamp_of(heard, juliet.bare) is None) == (sender is stranger)
    settled(friend, stranger)

    assert ask(juliet).bodies == [f"from {friend.bare}"]
    assert ask(stranger).bodies == [f"from {stranger.bare}"]


def test_lists_go_before_the_default(people):
    juliet = people.online("juliet")
    wanted, unwanted = people.online("wanted"), people.online("unwanted")

    juliet.set(PREFS.format("never", f"<jid>{wanted.bare}</jid>",
                            f"<jid>{unwanted.bare}</jid>"))
    again = people.again(juliet, "second")
    answer = again.get("<prefs xmlns='urn:xmpp:mam:2'/>")
    assert answer.get("default") == "never"
    assert [j.text for j in answer.find(MAM + "always")] == [wanted.bare]
    for sender in (wanted, unwanted):
        sender.send(juliet.jid, "hello")
        juliet.receives("hello")
    settled(wanted, unwanted)

    page = ask(juliet)
    assert [m.find(f"{FORWARDED}/{CLIENT}message").get("from")
            for m in page.messages] == [wanted.jid]


@pytest.mark.parametrize("prefs, condition", [
    (PREFS.format("sometimes", "", ""), "bad-request"),
    (PREFS.format("always", "<jid>@</jid>", ""), "bad-request"),
    (PREFS.format("always", "", "<jid>a@b</jid>" * 300),
     "resource-constraint"),
])
def test_wrong_preferences_are_refused(people, prefs, condition):
    assert error_of(people.online("juliet").iq("set", prefs)) == condition


# --- what waits -------------------------------------------------------------------


def test_what_waited_has_its_id_and_is_in_the_archive(people):
    account = people.account("juliet")
    romeo = people.online("romeo")

    romeo.send(f"{account}@localhost", "for later")
    settled(romeo)
    juliet = people.login(account).comes_online()
    heard = juliet.receives("for later")

    assert heard.find(DELAY) is not None
    assert ask(juliet).ids == [stamp_of(heard, juliet.bare)]


def test_who_reads_the_archive_first_is_not_told_again(people):
    account = people.account("juliet")
    romeo = people.online("romeo")
    for i in range(5):
        romeo.send(f"{account}@localhost", f"for later {i}")
    romeo.send(f"{account}@localhost", "not for the archive",
               inside="<no-permanent-store xmlns='urn:xmpp:hints'/>")
    settled(romeo)

    juliet = people.login(account)
    page = ask(juliet, page="<max>2</max>")
    assert page.bodies == ["for later 0", "for later 1"]
    juliet.comes_online()
    juliet.receives("not for the archive")
    juliet.hears_nothing_of(is_message)
    settled(juliet)

    second = people.login(account, "second").comes_online()
    second.hears_nothing_of(is_message)
    assert len(ask(second).ids) == 5


@pytest.mark.parametrize("what", [
    {"page": "<max>0</max>"},
    {"with": "nurse@localhost"},
    {"{urn:xmpp:fulltext:0}fulltext": "later"},
    {"after_id": "4711"},
    {"page": "<max>many</max>"}])
def test_who_has_not_read_the_archive_is_told_what_waits(people, what):
    account = people.account("juliet")
    romeo = people.online("romeo")
    romeo.send(f"{account}@localhost", "for later")
    settled(romeo)

    juliet = people.login(account)
    juliet.iq("set", question(**what))
    juliet.comes_online()
    juliet.receives("for later")


def test_a_spoofed_delay_does_not_hide_ours(people):
    account = people.account("juliet")
    romeo = people.online("romeo")

    romeo.send(f"{account}@localhost", "long ago", inside=(
        "<delay xmlns='urn:xmpp:delay' from='else.example' "
        "stamp='1999-01-01T00:00:00Z'/>"))
    settled(romeo)
    heard = people.login(account).comes_online().receives("long ago")

    assert [d.get("from") for d in heard.findall(DELAY)] \
        == ["else.example", "localhost"]


def test_acknowledged_means_archived(people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    enable(romeo)

    for i in range(20):
        romeo.send(juliet.jid, f"message {i}")
    romeo.send_raw(REQUEST)
    romeo.waits_for(lambda e: e.tag == SM + "a" and e.get("h") == "20")

    assert len(ask(juliet).ids) == 20


# --- accounts that come and go ------------------------------------------------------


def test_a_new_account_finds_nothing_of_the_former(suite, people):
    romeo = people.online("romeo")
    account = people.account("juliet")
    juliet = people.login(account).comes_online()
    romeo.send(juliet.jid, "to the former")
    juliet.receives("to the former")
    settled(romeo)

    suite.remove_user(juliet.bare)
    juliet.ends_with("not-authorized")
    suite.add_users(account)
    fresh = people.login(account).comes_online()

    assert ask(fresh).ids == []
    assert ask(romeo).bodies == ["to the former"]


def rows_of(suite, number):
    return suite.sql("SELECT count(*) FILTER (WHERE sender = {0}), count(*) FILTER "
                     "(WHERE recipient = {0}), count(*) FROM message".format(number)
                     ).strip()


def test_what_a_removed_user_leaves(own_suite, crowd_of):
    """What others have of the conversation stays theirs; the rest goes with the next
    trim, what waited for him at once."""
    suite = own_suite()
    people = crowd_of(suite)
    romeo, juliet = talk(people, 2)
    juliet.send(romeo.jid, "answer")
    romeo.receives("answer")
    romeo.send("nurse@else.example", "to another server")
    romeo.send(romeo.bare, "note to self")
    romeo.receives("note to self")
    settled(romeo, juliet)
    number = suite.sql("SELECT number FROM account WHERE username = "
                       f"'{romeo.bare.split('@')[0]}'").strip()
    away = romeo.bare
    romeo.presence("unavailable")
    juliet.send(away, "for later")
    settled(juliet)
    assert rows_of(suite, number) == "3|3|6"

    suite.remove_user(away)
    romeo.ends_with("not-authorized")
    assert suite.sql("SELECT count(*) FROM offline").strip() == "0"
    juliet.send(away, "are you there")
    juliet.receives_error("service-unavailable")
    suite.ctl("archive", "trim")

    assert rows_of(suite, number).startswith("0|0|")
    assert ask(juliet).bodies == ["message 0", "message 1", "answer", "for later",
                                  "are you there"]
    assert suite.ctl("archive", "search", away, "--reason", "r",
                     check=False).returncode == 1


def test_retention_by_account_and_by_default(own_suite, crowd_of):
    suite = own_suite(settings={"sm.archive-days": 30})
    people = crowd_of(suite)
    romeo, juliet = talk(people, 2)
    romeo.leaves()
    shown = suite.ctl("archive", "trim").stdout
    assert shown.split()[-2:] == ["0", "0"], shown

    suite.ctl("archive", "keep", "7", "--account", juliet.bare)
    assert suite.ctl("archive", "keep", "7", "--account", "nobody@localhost",
                     check=False).returncode == 1
    assert suite.ctl("archive", "keep", "soon", "--account", juliet.bare,
                     check=False).returncode == 1
    assert suite.ctl("archive", "keep", "7", check=False).returncode == 1
    suite.ctl("archive", "trim")
    assert len(ask(juliet).ids) == 2

    suite.remove_user(romeo.bare)
    suite.ctl("archive", "trim")
    assert len(ask(juliet).ids) == 2
