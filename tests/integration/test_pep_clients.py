"""Personal eventing as slixmpp and Gajim's stack use it."""
import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from suite import PASSWORD
from test_clients import Person, conversation

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


class Eventful(Person):
    """Remembers the tunes and avatars of others."""

    def __init__(self, suite, name, *interests):
        super().__init__(suite, name)
        for plugin in ("xep_0060", "xep_0115", "xep_0163", "xep_0118",
                       "xep_0084", "xep_0172", "xep_0048", "xep_0049",
                       "xep_0222", "xep_0223"):
            self.register_plugin(plugin)
        self.told = asyncio.Queue()
        for event in ("user_tune_publish", "avatar_metadata_publish",
                      "user_nick_publish"):
            self.add_event_handler(event, self.told.put_nowait)

    async def is_told(self):
        return await asyncio.wait_for(self.told.get(), 10)


async def meet(suite, people):
    romeo = await Eventful(suite, people.account("romeo")).comes_online()
    juliet = await Eventful(suite, people.account("juliet")).comes_online()
    for one, other in ((romeo, juliet), (juliet, romeo)):
        one.send_presence_subscription(pto=other.boundjid.bare)
    for _ in range(50):
        if all(one.client_roster[other.boundjid.bare]["subscription"] == "both"
               for one, other in ((romeo, juliet), (juliet, romeo))):
            return romeo, juliet
        await asyncio.sleep(0.1)
    raise AssertionError("they do not become friends")


async def leave(*people):
    for person in people:
        await person.leaves()


def test_a_tune_is_heard_by_a_contact(suite, people):
    async def scene():
        romeo, juliet = await meet(suite, people)
        await juliet["xep_0118"].publish_tune(title="Aubade")
        event = await romeo.is_told()
        assert event["from"] == juliet.boundjid.bare
        tune = event["pubsub_event"]["items"]["item"]["tune"]
        assert tune["title"] == "Aubade"
        await leave(romeo, juliet)

    conversation(scene())


def test_an_avatar_is_published_and_fetched(suite, people):
    async def scene():
        romeo, juliet = await meet(suite, people)
        name = hashlib.sha1(PICTURE).hexdigest()
        await juliet["xep_0084"].publish_avatar(PICTURE)
        await juliet["xep_0084"].publish_avatar_metadata(
            {"id": name, "type": "image/png", "bytes": str(len(PICTURE))})
        event = await romeo.is_told()
        info = event["pubsub_event"]["items"]["item"]["avatar_metadata"]
        assert info["items"][0]["id"] == name
        answer = await romeo["xep_0084"].retrieve_avatar(
            juliet.boundjid.bare, name)
        item = answer["pubsub"]["items"]["item"]
        assert item["avatar_data"]["value"] == PICTURE
        await leave(romeo, juliet)

    conversation(scene())


def test_a_node_is_made_configured_read_and_deleted(suite, people):
    async def scene():
        romeo = await Eventful(suite, people.account("romeo")).comes_online()
        service, me = romeo["xep_0060"], romeo.boundjid.bare
        await service.create_node(me, "urn:x")
        form = (await service.get_node_config(me, "urn:x"))[
            "pubsub_owner"]["configure"]["form"]
        assert form.get_values()["pubsub#access_model"] == "presence"
        form["type"] = "submit"
        form["values"] = {**form.get_values(), "pubsub#access_model": "open",
                          "pubsub#max_items": "5"}
        await service.set_node_config(me, "urn:x", form)
        form = (await service.get_node_config(me, "urn:x"))[
            "pubsub_owner"]["configure"]["form"]
        assert form.get_values()["pubsub#access_model"] == "open"
        assert form.get_values()["pubsub#max_items"] == "5"
        nodes = await service.get_nodes(me)
        assert (me, "urn:x") in {(j, n) for j, n, _ in
                                 nodes["disco_items"]["items"]}
        await service.purge(me, "urn:x")
        await service.delete_node(me, "urn:x")
        await leave(romeo)

    conversation(scene())


def test_private_bookmarks_are_kept(suite, people):
    async def scene():
        romeo = await Eventful(suite, people.account("romeo")).comes_online()
        for method in ("xep_0049", "xep_0223"):
            bookmarks = romeo["xep_0048"].stanza.Bookmarks()
            bookmarks.add_conference("hall@rooms.localhost", "Puck",
                                     name="Hall", autojoin=True)
            await romeo["xep_0048"].set_bookmarks(bookmarks, method=method)
            answer = await romeo["xep_0048"].get_bookmarks(method=method)
            if method == "xep_0049":
                found = answer["private"]["bookmarks"]
            else:
                found = answer["pubsub"]["items"]["item"]["bookmarks"]
            room = found["conferences"][0]
            assert (room["jid"], room["nick"]) == \
                ("hall@rooms.localhost", "Puck")
        await leave(romeo)

    conversation(scene())


def test_what_gajim_keeps(suite, people):
    """Keys, avatar, bookmarks, nickname, and the changes of access that nbxmpp
    makes when a precondition is not met."""
    program = subprocess.run(
        [sys.executable, Path(__file__).with_name("nbxmpp_pep.py"),
         f"{people.account('gajim')}@localhost", str(suite.port("C2S"))],
        env={**os.environ, "PASSWORD": PASSWORD}, capture_output=True,
        text=True, timeout=60)
    lines = [json.loads(line) for line in program.stdout.splitlines()]
    assert program.returncode == 0, (lines, program.stderr[-2000:])
    assert set(lines[-1]["heard"]) == {
        "eu.siacs.conversations.axolotl.devicelist",
        "urn:xmpp:avatar:metadata", "urn:xmpp:bookmarks:1",
        "http://jabber.org/protocol/nick"}
