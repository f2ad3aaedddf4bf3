"""aioxmpp, a stack of its own, which takes stanzas stricter than most: what does not
follow its schema it drops. It knows no archive (XEP-0313)."""
import asyncio
import contextlib
import hashlib
import uuid

import aioxmpp
import aioxmpp.vcard
from aioxmpp import JID

from federation import Wire
from suite import PASSWORD
from test_clients import conversation

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(100))
SECONDS = 15


class Person:
    """An account with services of aioxmpp; what was said to it is in `heard`."""

    def __init__(self, suite, name, port=None):
        self.jid = JID.fromstr(f"{name}@{suite.domain}")
        self.client = aioxmpp.PresenceManagedClient(
            self.jid, aioxmpp.make_security_layer(PASSWORD, no_verify=True),
            override_peer=[("127.0.0.1", port or suite.port("C2S"),
                            aioxmpp.connector.STARTTLSConnector())])
        self.heard = asyncio.Queue()

    def uses(self, service):
        return self.client.summon(service)

    @contextlib.asynccontextmanager
    async def online(self):
        dispatcher = self.uses(
            aioxmpp.dispatcher.SimpleMessageDispatcher)
        dispatcher.register_callback(
            aioxmpp.MessageType.CHAT, None,
            lambda m: m.body and self.heard.put_nowait(m.body.any()))
        async with self.client.connected():
            yield self

    async def says(self, to, text):
        message = aioxmpp.Message(type_=aioxmpp.MessageType.CHAT, to=to)
        message.body[None] = text
        await self.client.send(message)

    async def hears(self, text):
        assert await asyncio.wait_for(self.heard.get(), SECONDS) == text


def event_of(signal, is_wanted=lambda *_: True):
    """A future of the next such event."""
    future = asyncio.get_running_loop().create_future()

    def on_event(*words, **more):
        if not future.done() and is_wanted(*words):
            future.set_result(words)
        return future.done()
    signal.connect(on_event)
    return asyncio.wait_for(future, SECONDS)


def test_a_stream_is_resumed(suite, people):
    async def scene():
        juliet = Person(suite, people.account("juliet"))
        with Wire(suite.port("C2S")) as wire:
            romeo = Person(suite, people.account("romeo"), wire.port)
            async with juliet.online(), romeo.online():
                jid = romeo.client.local_jid
                resumed = event_of(romeo.client.on_stream_resumed)
                wire.cut()
                await juliet.says(jid, "meanwhile")
                await resumed
                await romeo.hears("meanwhile")
                assert romeo.client.local_jid == jid
                await romeo.says(juliet.client.local_jid, "still here")
                await juliet.hears("still here")

    conversation(scene())


def test_friends_and_a_picture(suite, people):
    async def scene():
        romeo = Person(suite, people.account("romeo"))
        juliet = Person(suite, people.account("juliet"))
        rosters = [who.uses(aioxmpp.RosterClient) for who in (romeo, juliet)]
        avatars = [who.uses(aioxmpp.AvatarService) for who in (romeo, juliet)]
        cards = [who.uses(aioxmpp.vcard.VCardService) for who in (romeo, juliet)]
        async with romeo.online(), juliet.online():
            for roster in rosters:
                roster.on_subscribe.connect(
                    lambda p, r=roster: r.approve(p.from_) and None)
            seen = event_of(
                romeo.uses(aioxmpp.PresenceClient).on_available,
                lambda jid, _: jid.bare() == juliet.jid)
            rosters[0].subscribe(juliet.jid)
            await seen

            picture = aioxmpp.avatar.AvatarSet()
            picture.add_avatar_image("image/png", image_bytes=PICTURE)
            await avatars[1].publish_avatar_set(picture)
            shown = await avatars[0].get_avatar_metadata(
                juliet.jid, require_fresh=True)
            assert [d.id_ for d in shown] == [hashlib.sha1(PICTURE).hexdigest()]
            assert await shown[0].get_image_bytes() == PICTURE

            card = await cards[1].get_vcard()
            await cards[1].set_vcard(card)
            assert await cards[0].get_vcard(juliet.jid) is not None

    conversation(scene())


def test_a_room_a_bookmark_and_a_command(suite, people):
    room = JID.fromstr(f"hall-{uuid.uuid4()}@conference.{suite.domain}")

    async def scene():
        romeo = Person(suite, people.account("romeo"))
        juliet = Person(suite, people.account("juliet"))
        rooms = [who.uses(aioxmpp.MUCClient) for who in (romeo, juliet)]
        bookmarks = romeo.uses(aioxmpp.BookmarkClient)
        commands = romeo.uses(aioxmpp.AdHocClient)
        disco = romeo.uses(aioxmpp.DiscoClient)
        async with romeo.online(), juliet.online():
            hall, entered = rooms[0].join(room, "romeo")
            await asyncio.wait_for(entered, SECONDS)
            form = aioxmpp.muc.xso.ConfigurationForm.from_xso(
                await rooms[0].get_room_config(room))
            await rooms[0].set_room_config(room, form.render_reply())
            joined = event_of(hall.on_join)
            _, entered = rooms[1].join(room, "juliet")
            await asyncio.wait_for(entered, SECONDS)
            member, = (await joined)[:1]
            assert member.nick == "juliet" and hall.me.nick == "romeo"
            said = event_of(hall.on_message,
                            lambda m, who, *_: who.nick == "romeo")
            hall.send_message(message("hello"))
            assert (await said)[0].body.any() == "hello"

            mark = aioxmpp.bookmarks.Conference("Hall", room, autojoin=True,
                                                nick="romeo")
            await bookmarks.add_bookmark(mark)
            assert mark in await bookmarks.get_bookmarks()
            info = await disco.query_info(room)
            assert "urn:xmpp:mam:2" in info.features
            assert await commands.supports_commands(JID.fromstr(suite.domain))
            await commands.get_commands(JID.fromstr(suite.domain))

    def message(text):
        stanza = aioxmpp.Message(type_=aioxmpp.MessageType.GROUPCHAT)
        stanza.body[None] = text
        return stanza

    conversation(scene())


def test_a_blocked_person_and_another_device(suite, people):
    async def scene():
        name = people.account("romeo")
        phone, desk = Person(suite, name), Person(suite, name)
        juliet = Person(suite, people.account("juliet"))
        blocking = phone.uses(aioxmpp.BlockingClient)
        carbons = desk.uses(aioxmpp.CarbonsClient)
        async with phone.online(), desk.online(), juliet.online():
            await carbons.enable()
            await juliet.says(phone.client.local_jid, "to the phone")
            await phone.hears("to the phone")

            told = event_of(blocking.on_jids_blocked)
            await blocking.block_jids([juliet.jid])
            assert juliet.jid in (await told)[0]
            await juliet.says(phone.jid, "unheard")
            await blocking.unblock_jids([juliet.jid])
            await juliet.says(phone.client.local_jid, "heard")
            await phone.hears("heard")

    conversation(scene())
