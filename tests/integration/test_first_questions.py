"""What clients ask when a person logs in, and with which words: each question gets its
answer, for a client that waits in vain shows no contacts or no rooms. Profanity itself
asks. Conversations, Dino, Gajim and Psi+ are replayed: part of Conversations' and Dino's
questions as their sources have them; the rest of these, and all of Gajim's and Psi+'s,
from memory of what they send."""
import time

import pytest

from test_clients import terminal  # noqa: F401
from suite import PASSWORD
from xmpp import error_of

DISCO = "http://jabber.org/protocol/disco"
PUBSUB = "http://jabber.org/protocol/pubsub"
AXOLOTL = "eu.siacs.conversations.axolotl"
SERVER, ACCOUNT = "localhost", "the account"


def pubsub(inner, owner=False):
    return f"<pubsub xmlns='{PUBSUB}{'#owner' if owner else ''}'>{inner}</pubsub>"


def items(node):
    return pubsub(f"<items node='{node}'/>")


def form(kind, fields, var=""):
    return ("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' "
            f"type='hidden'><value>{kind}</value></field>" + "".join(
                f"<field var='{var}{name}'><value>{value}</value></field>"
                for name, value in fields.items()) + "</x>")


def publish(node, id, payload, **options):
    options = form(f"{PUBSUB}#publish-options", options, "pubsub#")
    return pubsub(f"<publish node='{node}'><item id='{id}'>{payload}</item>"
                  f"</publish><publish-options>{options}</publish-options>")


def private(payload):
    return f"<query xmlns='jabber:iq:private'>{payload}</query>"


OPEN = {"access_model": "open", "persist_items": "true"}
CLOSED = {"persist_items": "true", "access_model": "whitelist",
          "send_last_published_item": "never", "max_items": "max",
          "notify_delete": "true", "notify_retract": "true"}
DEVICES = f"<list xmlns='{AXOLOTL}'><device id='7'/></list>"
ROOM = ("<conference xmlns='urn:xmpp:bookmarks:1' name='Hall' autojoin='true'>"
        "<nick>romeo</nick><extensions/></conference>")

# type, payload, to whom, what comes back: "result" or an error's condition. What no
# server here has is refused at once, and the client goes on without.
CONVERSATIONS = [
    ("get", f"<query xmlns='{DISCO}#info'/>", SERVER, "result"),
    ("get", f"<query xmlns='{DISCO}#info'/>", ACCOUNT, "result"),
    ("get", f"<query xmlns='{DISCO}#items'/>", SERVER, "result"),
    ("get", f"<query xmlns='{DISCO}#items' "
     "node='http://jabber.org/protocol/commands'/>", SERVER, "result"),
    ("set", "<enable xmlns='urn:xmpp:carbons:2'/>", None, "result"),
    ("get", "<query xmlns='jabber:iq:roster' ver=''/>", None, "result"),
    ("get", "<blocklist xmlns='urn:xmpp:blocking'/>", None, "result"),
    ("get", items("urn:xmpp:bookmarks:1"), None, "item-not-found"),
    ("get", items("urn:xmpp:mds:displayed:0"), None, "item-not-found"),
    ("get", items(f"{AXOLOTL}.devicelist"), ACCOUNT, "item-not-found"),
    ("set", publish(f"{AXOLOTL}.bundles:7", "current",
                    f"<bundle xmlns='{AXOLOTL}'/>", **OPEN), None, "result"),
    ("set", publish(f"{AXOLOTL}.devicelist", "current", DEVICES, **OPEN), None,
     "result"),
    ("get", items(f"{AXOLOTL}.devicelist"), ACCOUNT, "result"),
    ("set", publish("urn:xmpp:bookmarks:1", "hall@conference.localhost", ROOM,
                    **CLOSED), None, "result"),
    ("get", items("urn:xmpp:bookmarks:1"), None, "result"),
    ("set", publish("urn:xmpp:mds:displayed:0", "juliet@localhost",
                    "<displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id "
                    "xmlns='urn:xmpp:sid:0' id='x' by='romeo@localhost'/>"
                    "</displayed>", **CLOSED), None, "result"),
    ("get", items("urn:xmpp:avatar:metadata"), ACCOUNT, "item-not-found"),
    ("set", pubsub("<publish node='http://jabber.org/protocol/nick'><item "
                   "id='current'><nick xmlns='http://jabber.org/protocol/nick'>"
                   "R</nick></item></publish>"), None, "result"),
    ("set", "<query xmlns='urn:xmpp:mam:2' queryid='q'>"
     + form("urn:xmpp:mam:2", {"start": "2026-01-01T00:00:00.000Z"})
     + "<set xmlns='http://jabber.org/protocol/rsm'><before/><max>50</max></set>"
     "</query>", None, "result"),
    ("get", "<prefs xmlns='urn:xmpp:mam:2'/>", None, "result"),
    ("get", "<services xmlns='urn:xmpp:extdisco:2' type='turn'/>", SERVER,
     "result"),
    ("get", "<services xmlns='urn:xmpp:extdisco:2'/>", SERVER, "result"),
    ("set", "<offline xmlns='http://jabber.org/protocol/offline'><purge/>"
     "</offline>", None, "result"),
    ("set", "<block xmlns='urn:xmpp:blocking'><item jid='spam@localhost'>"
     "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/>"
     "</item></block>", None, "result"),
    ("get", "<vCard xmlns='vcard-temp'/>", ACCOUNT, "result"),
    ("get", "<ping xmlns='urn:xmpp:ping'/>", SERVER, "result"),
    # XEP-0357 is asked for only where disco#info of the account offers it.
    ("set", "<enable xmlns='urn:xmpp:push:0' jid='push.example.org' node='n'/>",
     None, "service-unavailable"),
]

DINO = [
    ("get", "<query xmlns='jabber:iq:roster' ver=''/>", None, "result"),
    ("get", f"<query xmlns='{DISCO}#info'/>", SERVER, "result"),
    ("get", f"<query xmlns='{DISCO}#items'/>", SERVER, "result"),
    ("set", "<enable xmlns='urn:xmpp:carbons:2'/>", None, "result"),
    ("get", private("<storage xmlns='storage:bookmarks'/>"), None, "result"),
    ("get", items("urn:xmpp:bookmarks:1"), ACCOUNT, "item-not-found"),
    ("get", "<blocklist xmlns='urn:xmpp:blocking'/>", None, "result"),
    ("get", "<services xmlns='urn:xmpp:extdisco:2'/>", SERVER, "result"),
    ("get", items(f"{AXOLOTL}.devicelist"), ACCOUNT, "item-not-found"),
    # It publishes first, then makes the node public by its settings.
    ("set", pubsub(f"<publish node='{AXOLOTL}.devicelist'><item>{DEVICES}</item>"
                   "</publish>"), None, "result"),
    ("get", pubsub(f"<configure node='{AXOLOTL}.devicelist'/>", owner=True), None,
     "result"),
    ("set", pubsub(f"<configure node='{AXOLOTL}.devicelist'>"
                   + form(f"{PUBSUB}#node_config", OPEN, "pubsub#")
                   + "</configure>", owner=True), None, "result"),
    ("set", "<query xmlns='urn:xmpp:mam:2' queryid='q'>"
     + form("urn:xmpp:mam:2", {"end": "2030-01-01T00:00:00Z"})
     + "<set xmlns='http://jabber.org/protocol/rsm'><max>20</max><before/></set>"
     "</query>", ACCOUNT, "result"),
    ("get", f"<query xmlns='{DISCO}#info'/>", "conference.localhost", "result"),
    ("get", f"<query xmlns='{DISCO}#info'/>", "proxy.localhost", "result"),
    ("get", "<query xmlns='http://jabber.org/protocol/bytestreams'/>",
     "proxy.localhost", "result"),
]

GAJIM = [
    ("get", private("<roster xmlns='roster:delimiter'/>"), None, "result"),
    ("get", private("<storage xmlns='storage:rosternotes'/>"), None, "result"),
    ("get", private("<storage xmlns='storage:metacontacts'/>"), None, "result"),
    ("get", items("storage:bookmarks"), None, "item-not-found"),
    ("get", items("urn:xmpp:vcard4"), None, "item-not-found"),
    ("set", publish("urn:xmpp:vcard4", "current", "<vcard "
                    "xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>R</text>"
                    "</fn></vcard>", **OPEN), None, "result"),
    ("get", items("urn:xmpp:vcard4"), ACCOUNT, "result"),
    ("get", "<query xmlns='jabber:iq:register'/>", SERVER, "result"),
    ("get", "<query xmlns='jabber:iq:version'/>", SERVER, "result"),
    ("get", "<time xmlns='urn:xmpp:time'/>", SERVER, "result"),
    ("get", "<list xmlns='urn:xmpp:http:upload:0'/>", "proxy.localhost",
     "service-unavailable"),
]

PSI = [
    ("get", "<query xmlns='jabber:iq:roster'/>", None, "result"),
    ("get", "<query xmlns='jabber:iq:privacy'/>", None, "result"),
    ("get", private("<storage xmlns='storage:bookmarks'/>"), None, "result"),
    ("get", private("<storage xmlns='storage:rosternotes'/>"), None, "result"),
    ("get", "<vCard xmlns='vcard-temp'/>", ACCOUNT, "result"),
    ("get", f"<query xmlns='{DISCO}#info'/>", SERVER, "result"),
    ("get", f"<query xmlns='{DISCO}#items'/>", SERVER, "result"),
    ("get", f"<query xmlns='{DISCO}#items'/>", ACCOUNT, "result"),
    ("set", "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>", None,
     "result"),
    ("get", "<query xmlns='jabber:iq:last'/>", SERVER, "result"),
    ("get", "<query xmlns='jabber:iq:search'/>", SERVER, "result"),
]


def answer_of(element):
    kind = element.get("type")
    return kind if kind == "result" else error_of(element)


@pytest.mark.parametrize("questions", [CONVERSATIONS, DINO, GAJIM, PSI],
                         ids=["conversations", "dino", "gajim", "psi"])
def test_each_question_has_its_answer(people, questions):
    romeo = people.online("romeo")

    answers = [(payload, answer_of(romeo.iq(
        kind, payload, romeo.bare if to is ACCOUNT else to)))
        for kind, payload, to, _ in questions]

    assert answers == [(payload, wanted) for _, payload, _, wanted in questions]


def test_what_is_offered_is_what_phones_look_for(people):
    """Conversations' page on a server lists what it misses."""
    romeo = people.online("romeo")
    query = f"<query xmlns='{DISCO}#info'/>"
    offered = {e.get("var") for to in (SERVER, romeo.bare)
               for e in romeo.get(query, to=to)}
    inside = {e.tag for e in romeo.features.iter()}

    assert {"urn:xmpp:carbons:2", "urn:xmpp:mam:2", "urn:xmpp:blocking",
            "urn:xmpp:extdisco:2", "urn:xmpp:bookmarks:1#compat",
            f"{PUBSUB}#publish-options", f"{PUBSUB}#persistent-items",
            "urn:xmpp:pep-vcard-conversion:0"} <= offered
    assert {"{urn:xmpp:sm:3}sm", "{urn:xmpp:csi:0}csi",
            "{urn:xmpp:features:rosterver}ver"} <= inside


def test_profanity_is_answered_whatever_it_asks(suite, people, terminal):  # noqa: F811
    name = people.account("romeo")
    terminal.shows("Profanity")
    terminal.types(f"/connect {name}@localhost server 127.0.0.1 "
                   f"port {suite.port('C2S')} tls trust")
    terminal.shows("password")
    terminal.types(PASSWORD)
    terminal.shows("logged in successfully")
    terminal.types("/omemo gen")
    terminal.shows("OMEMO")
    terminal.types("/blocked add spam@localhost")
    terminal.shows("successfully blocked")
    terminal.types("/disco info localhost")
    terminal.shows("urn:xmpp:sid:0")

    deadline = time.monotonic() + 20
    while True:
        asked, answered = terminal.questions()
        if asked <= answered.keys() or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert asked <= answered.keys()
    assert len(asked) >= 12
    refused = [text for text in answered.values() if 'type="error"' in text]
    # A new account has no list of devices.
    assert all("item-not-found" in text for text in refused), refused
