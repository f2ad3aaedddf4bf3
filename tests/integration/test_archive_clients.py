"""The use cases of archives and carbons with the stacks that clients are made of:
slixmpp, and nbxmpp, which is Gajim's.

XEP-0313                                   slixmpp                 nbxmpp
 4    querying                             whole_archive           catches_up
 4.1.1 with                                filters                 (4.2 raises
                                                                   TypeError itself)
 4.1.2 start, end                          filters                 filters
 4.1.3 before-id, after-id, ids            ids
 4.1.5 form                                the_form
 4.3  paging, last page, item-not-found    pages                   catches_up
 4.3.4 flipped pages                       ids
 5    metadata                             metadata
 0059 2.7 count                            pages                   counts
 8.1  others' archives                     refused                 refused
XEP-0441 preferences                       preferences             preferences
XEP-0280 enabling, sent, received, errors  carbons                 carbons"""
import asyncio
import json
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Collector
from slixmpp.xmlstream.matcher import MatchXMLMask

from test_archive import ask, settled
from test_clients import Person, conversation
from test_transfer_clients import Program

NOTHING = "00000000"


def talk(people, count=25):
    """Two accounts that have said something: the first one's name, what he said, and
    his ids."""
    romeo, juliet = people.online("romeo"), people.online("juliet")
    for i in range(count):
        romeo.send(juliet.jid, f"line {i}")
        juliet.receives(f"line {i}")
    settled(romeo)
    ids = ask(romeo).ids
    name, other = romeo.bare.split("@")[0], juliet.bare
    romeo.leaves()
    return name, other, [f"line {i}" for i in range(count)], ids


# --- slixmpp ------------------------------------------------------------------


async def arrives(suite, name):
    person = Person(suite, name)
    for plugin in ("xep_0059", "xep_0297", "xep_0313", "xep_0441", "xep_0280",
                   "xep_0359"):
        person.register_plugin(plugin)
    return await person.comes_online()


def inner(result):
    return result["mam_result"]["forwarded"]["stanza"]


def scene_of(suite, name, play):
    async def scene():
        person = await arrives(suite, name)
        await play(person, person["xep_0313"])
        await person.leaves()
    conversation(scene())


def test_slixmpp_whole_archive(suite, people):
    name, other, said, ids = talk(people)

    async def play(person, mam):
        own = person.boundjid.bare
        for reverse in (False, True):
            heard = [r async for r in mam.iterate(jid=own, reverse=reverse)]
            order = -1 if reverse else 1
            assert [inner(r)["body"] for r in heard] == said[::order]
            assert [r["mam_result"]["id"] for r in heard] == ids[::order]
        delay = heard[0]["mam_result"]["forwarded"]["delay"]["stamp"]
        assert abs(datetime.now(timezone.utc) - delay) < timedelta(minutes=5)

    scene_of(suite, name, play)


def test_slixmpp_pages(suite, people):
    name, other, said, ids = talk(people, 7)

    async def play(person, mam):
        own = person.boundjid.bare
        first = await mam.retrieve(jid=own, rsm={"max": 3})
        assert [inner(r)["body"] for r in first["mam"]["results"]] == said[:3]
        assert "complete" not in first["mam_fin"].xml.attrib
        last = first["mam_fin"]["rsm"]["last"]
        second = await mam.retrieve(jid=own, rsm={"max": 10, "after": last})
        assert [inner(r)["body"] for r in second["mam"]["results"]] == said[3:]
        assert second["mam_fin"].xml.get("complete") == "true"
        none = await mam.retrieve(jid=own, rsm={"max": 0})
        assert none["mam_fin"]["rsm"]["count"] == "7"
        with pytest.raises(IqError) as refused:
            await mam.retrieve(jid=own, rsm={"max": 3, "after": NOTHING})
        assert refused.value.condition == "item-not-found"

    scene_of(suite, name, play)


def test_slixmpp_filters(suite, people):
    name, other, said, ids = talk(people, 3)
    now = datetime.now(timezone.utc)

    async def play(person, mam):
        async def found(**filters):
            answer = await mam.retrieve(jid=person.boundjid.bare, **filters)
            return [inner(r)["body"] for r in answer["mam"]["results"]]

        hour = timedelta(hours=1)
        assert await found(with_jid=other) == said
        assert await found(with_jid=f"{other}/nowhere") == []
        assert await found(with_jid="nobody@else.example") == []
        assert await found(start=now - hour) == await found(end=now + hour) == said
        assert await found(start=now + hour) == await found(end=now - hour) == []

    scene_of(suite, name, play)


def test_slixmpp_ids(suite, people):
    name, other, said, ids = talk(people, 4)

    async def play(person, mam):
        async def found(flip=False, **fields):
            iq, mask = mam._pre_mam_retrieve(jid=person.boundjid.bare)
            for field, value in fields.items():
                iq["mam"][field] = value
            if flip:
                iq["mam"].xml.append(iq["mam"].xml.makeelement(
                    "{urn:xmpp:mam:2}flip-page", {}))
            results = Collector("results", MatchXMLMask(str(mask)))
            person.register_handler(results)
            try:
                await iq.send()
            finally:
                found = results.stop()
            return [m["mam_result"]["id"] for m in found]

        assert await found(ids=[ids[2], ids[0]]) == [ids[0], ids[2]]
        assert await found(after_id=ids[0], before_id=ids[3]) == ids[1:3]
        assert await found(flip=True) == ids[::-1]
        for field, value in (("ids", [ids[0], NOTHING]), ("after_id", NOTHING),
                             ("before_id", NOTHING)):
            with pytest.raises(IqError) as refused:
                await found(**{field: value})
            assert refused.value.condition == "item-not-found"

    scene_of(suite, name, play)


def test_slixmpp_form_and_metadata(suite, people):
    name, other, said, ids = talk(people, 2)

    async def play(person, mam):
        own = person.boundjid.bare
        info = await person["xep_0030"].get_info(jid=own)
        assert {"urn:xmpp:mam:2", "urn:xmpp:mam:2#extended", "urn:xmpp:sid:0",
                "urn:xmpp:mam:2#groupchat-field"} <= set(
                    info["disco_info"]["features"])
        form = await mam.get_fields(own)
        fields = form.get_fields()
        assert {"with", "start", "end", "before-id", "after-id", "ids",
                "include-groupchat"} <= set(fields)
        assert not any(f["required"] for f in fields.values())
        ends = (await mam.get_archive_metadata(own))["mam_metadata"]
        assert [ends["start"]["id"], ends["end"]["id"]] == ids
        assert ends["start"]["timestamp"] <= ends["end"]["timestamp"]

    scene_of(suite, name, play)


def test_slixmpp_metadata_of_nothing(suite, people):
    async def play(person, mam):
        answer = await mam.get_archive_metadata(person.boundjid.bare)
        assert len(answer["mam_metadata"].xml) == 0
        nothing = [r async for r in mam.iterate(jid=person.boundjid.bare)]
        assert nothing == []

    scene_of(suite, people.account("romeo"), play)


def test_slixmpp_is_refused(suite, people):
    _, other, _, _ = talk(people, 1)

    async def play(person, mam):
        for what in (mam.retrieve(jid=other), mam.get_archive_metadata(other),
                     mam.get_fields(other)):
            with pytest.raises(IqError):
                await what

    scene_of(suite, people.account("thief"), play)


def test_slixmpp_preferences(suite, people):
    friend, foe = "friend@else.example", "foe@else.example"

    async def play(person, mam):
        prefs = person["xep_0441"]
        assert (await prefs.get_preferences())[0] == "always"
        await prefs.set_preferences("never", always=[friend], never=[foe])
        default, always, never = await prefs.get_preferences()
        assert default == "never"
        assert list(map(str, always)) == [friend]
        assert list(map(str, never)) == [foe]
        with pytest.raises(IqError) as refused:
            await prefs.set_preferences("sometimes", always=[], never=[])
        assert refused.value.condition == "bad-request"

    scene_of(suite, people.account("romeo"), play)


def test_slixmpp_carbons(suite, people):
    account = people.account("juliet")
    romeo = people.online("romeo")

    async def scene():
        desk = await arrives(suite, account)
        copies = asyncio.Queue()
        for kind in ("sent", "received"):
            desk.add_event_handler(f"carbon_{kind}", copies.put_nowait)
        await desk["xep_0280"].enable()
        await desk["xep_0280"].enable()
        loop = asyncio.get_running_loop()
        phone = await loop.run_in_executor(
            None, lambda: people.login(account, "phone").comes_online(5))

        async def copy(kind):
            message = await asyncio.wait_for(copies.get(), 10)
            return message[f"carbon_{kind}"]

        romeo.send(phone.jid, "to the phone")
        assert (await copy("received"))["body"] == "to the phone"
        phone.send(romeo.jid, "from the phone")
        assert (await copy("sent"))["body"] == "from the phone"
        phone.send("nobody-at-all@localhost", "hello?")
        assert (await copy("sent"))["body"] == "hello?"
        assert (await copy("received"))["type"] == "error"
        await desk["xep_0280"].disable()
        romeo.send(phone.jid, "not any more")
        await loop.run_in_executor(None, phone.receives, "not any more")
        await desk["xep_0199"].ping(suite.domain)
        assert copies.empty()
        await desk.leaves()

    conversation(scene())


# --- nbxmpp: Gajim's stack -------------------------------------------------------


class Gajim:
    """The client of nbxmpp_archive.py, told what to do."""

    def __init__(self, suite, name):
        self._program = Program([
            sys.executable, Path(__file__).with_name("nbxmpp_archive.py"),
            f"{name}@{suite.domain}", suite.port("C2S")], talks=True)
        self.jid = self.waits_for("online")["jid"]

    def next(self):
        line = self._program.process.stdout.readline()
        assert line, "it has ended"
        event = json.loads(line)
        assert event["event"] != "error", event
        return event

    def waits_for(self, *names):
        while (event := self.next())["event"] not in names:
            pass
        return event

    def does(self, verb, **order):
        self._program.process.stdin.write(json.dumps({"do": verb, **order}) + "\n")
        self._program.process.stdin.flush()

    def asks(self, **query):
        """The messages of a page, and its end."""
        self.does("query", **query)
        messages = []
        while (event := self.next())["event"] == "message":
            messages.append(event)
        return messages, event

    def is_told(self, verb, **order):
        self.does(verb, **order)
        return self.next()

    def leaves(self):
        self._program.process.kill()
        self._program.process.wait()


@pytest.fixture
def gajim(suite):
    made = []

    def start(name):
        made.append(Gajim(suite, name))
        return made[-1]

    yield start
    for one in made:
        one.leaves()


def test_gajim_catches_up(people, gajim):
    name, other, said, ids = talk(people)
    client = gajim(name)
    heard, last = [], None

    while True:
        page, end = client.asks(max=10, **({"after": last} if last else {}))
        assert end["event"] == "page"
        heard += page
        if end["complete"]:
            break
        assert [end["first"], end["last"]] == [page[0]["id"], page[-1]["id"]]
        last = end["last"]

    assert [m["body"] for m in heard] == said and [m["id"] for m in heard] == ids
    assert {m["archive"] for m in heard} == {client.jid.split("/")[0]}
    assert all(abs(m["time"] - time.time()) < 300 for m in heard)
    page, end = client.asks(after=ids[-1])
    assert page == [] and end["complete"]


def test_gajim_filters_and_counts(people, gajim):
    name, other, said, ids = talk(people, 3)
    client = gajim(name)

    assert len(client.asks(start="2020-01-01T00:00:00")[0]) == 3
    assert client.asks(end="2020-01-01T00:00:00")[0] == []
    page, end = client.asks(max=0)
    assert page == [] and end["count"] == 3


def test_gajim_is_refused(people, gajim):
    _, other, _, _ = talk(people, 1)
    client = gajim(people.account("thief"))

    _, end = client.asks(after=NOTHING)
    assert end["event"] == "refused" and end["condition"] == "item-not-found"
    _, end = client.asks(jid=other)
    assert end["event"] == "refused"


def test_gajim_preferences(people, gajim):
    client = gajim(people.account("romeo"))
    friend, foe = "friend@else.example", "foe@else.example"

    assert client.is_told("preferences") == {
        "event": "preferences", "default": "always", "always": [], "never": []}
    assert client.is_told("set-preferences", default="roster", always=[friend],
                          never=[foe])["event"] == "set"
    assert client.is_told("preferences") == {
        "event": "preferences", "default": "roster", "always": [friend],
        "never": [foe]}
    assert client.is_told("set-preferences", default="roster", always=["@"],
                          never=[])["condition"] == "bad-request"


def test_gajim_carbons_and_ids(people, gajim):
    account = people.account("juliet")
    romeo = people.online("romeo")
    phone = people.login(account, "phone").comes_online(5)
    desk = gajim(account)
    assert desk.is_told("carbons")["event"] == "carbons"

    romeo.send(phone.jid, "to the phone")
    received = desk.waits_for("message")
    phone.send(romeo.jid, "from the phone")
    sent = desk.waits_for("message")
    romeo.send(desk.jid, "to the desk")
    direct = desk.waits_for("message")
    settled(romeo, phone)

    assert [(m["body"], m["carbon"]) for m in (received, sent, direct)] == [
        ("to the phone", "received"), ("from the phone", "sent"),
        ("to the desk", None)]
    assert [m["stanza_ids"] for m in (received, sent, direct)] == \
        [[id] for id in ask(phone).ids]
