"""What nobody but this server may tell its users: ids of their archives (XEP-0359),
when it got something (XEP-0203), copies (XEP-0280), answers of an archive (XEP-0313).
Others try it, wherever they come in."""
import pytest

from server import Link, Server
from suite import Suite
from test_archive import DELAY, MAM, STAMP, ask, settled, stamp_of
from test_carbons import CARBONS
from test_rooms import creates
from xmpp import CLIENT, Component, is_message

THEIRS = "mantua.example"


@pytest.fixture(scope="module")
def town():
    with Server(THEIRS) as theirs, Suite(
            domains=("localhost", "two.localhost"),
            components={"bot.localhost": "sesame"},
            settings={f"s2sd.connect.{THEIRS}": f"127.0.0.1:{theirs.port}",
                      "s2sd.plain-domains": f'{{"{THEIRS}"}}'}) as suite:
        yield suite


@pytest.fixture
def people(town, crowd_of):
    return crowd_of(town)


class Liar:
    """Says a message to somebody, by one of the ways into the suite."""

    def __init__(self, way, town, people):
        self.way = way
        if way == "component":
            self._stream = Component(town, "bot.localhost").shakes_hands("sesame")
            self._stream.is_welcome()
            self.jid = "liar@bot.localhost/x"
        elif way == "server":
            self._stream = Link(town, THEIRS).secures()
            for name in ("localhost", "conference.localhost"):
                assert self._stream.proves(to=name) == "valid"
            self.jid = f"liar@{THEIRS}/x"
        else:
            self._stream = people.online("liar")
            self.jid = self._stream.jid

    def says(self, to, inside, body="trust me"):
        self._stream.send_raw(
            f"<message from='{self.jid}' to='{to}' type='chat' id='l1'>"
            f"<body>{body}</body>{inside}</message>")

    def leaves(self):
        self._stream.close()


@pytest.fixture(params=["client", "component", "server"])
def liar(request, town, people):
    one = Liar(request.param, town, people)
    yield one
    one.leaves()


def spelled(bare):
    """What a client takes for this address."""
    user, domain = bare.split("@")
    return [bare, f"{bare}/x", f"{user.upper()}@{domain}", f"{user}@LOCALHOST",
            "romeo@two.localhost"]


def test_ids_of_our_archives(liar, people):
    juliet = people.online("juliet")

    liar.says(juliet.jid, "".join(
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='1'/>"
        for by in [*spelled(juliet.bare), "localhost", "room@else.example"]))
    heard = juliet.receives("trust me", liar.jid)

    page = ask(juliet)
    assert {s.get("by"): s.get("id") for s in heard.findall(STAMP)} == {
        juliet.bare: page.ids[0], "room@else.example": "1"}
    kept = page.messages[0].find(f".//{CLIENT}message")
    assert [s.get("by") for s in kept.findall(STAMP)] == ["room@else.example"]


def test_delays_of_ours(liar, people):
    juliet = people.online("juliet")

    liar.says(juliet.jid, "".join(
        f"<delay xmlns='urn:xmpp:delay' from='{name}' "
        "stamp='1999-01-01T00:00:00Z'/>"
        for name in ("localhost", "LocalHost", "two.localhost", juliet.bare,
                     juliet.bare.upper(), "else.example")))
    heard = juliet.receives("trust me", liar.jid)

    assert [d.get("from") for d in heard.findall(DELAY)] == ["else.example"]


def test_a_delay_does_not_hide_when_a_message_was_stored(liar, people):
    account = people.account("juliet")

    liar.says(f"{account}@localhost",
              "<delay xmlns='urn:xmpp:delay' from='localhost' "
              "stamp='1999-01-01T00:00:00Z'/>")
    while people.suite.sql("SELECT count(*) FROM offline JOIN account a ON owner "
                           f"= a.number WHERE username = '{account}'") == "0\n":
        pass
    heard = people.login(account).comes_online().receives("trust me", liar.jid)

    delays = heard.findall(DELAY)
    assert [d.get("from") for d in delays] == ["localhost"]
    assert not delays[0].get("stamp").startswith("1999")


def test_one_that_is_fetched_by_its_number_tells_when_it_came(liar, people):
    account = people.account("juliet")

    liar.says(f"{account}@localhost",
              "<delay xmlns='urn:xmpp:delay' from='else.example' "
              "stamp='1999-01-01T00:00:00Z'/>")
    while people.suite.sql("SELECT count(*) FROM offline JOIN account a ON owner "
                           f"= a.number WHERE username = '{account}'") == "0\n":
        pass
    juliet = people.login(account)
    juliet.get("<offline xmlns='http://jabber.org/protocol/offline'><fetch/>"
               "</offline>")

    assert "localhost" in [d.get("from") for d in juliet.receives(
        "trust me", liar.jid).findall(DELAY)]


@pytest.mark.parametrize("direction", ["sent", "received"])
def test_copies(liar, people, direction):
    juliet = people.online("juliet")
    juliet.set("<enable xmlns='urn:xmpp:carbons:2'/>")

    liar.says(juliet.jid, f"<{direction} xmlns='urn:xmpp:carbons:2'>"
              "<forwarded xmlns='urn:xmpp:forward:0'><message "
              f"xmlns='jabber:client' from='nurse@localhost/x' to='{juliet.jid}'>"
              f"<body>meet me tonight</body></message></forwarded></{direction}>")
    heard = juliet.receives("trust me", liar.jid)

    assert heard.find(CARBONS + direction) is None


def test_answers_of_an_archive_are_of_whom_they_are(liar, people):
    """Archives elsewhere answer our users; clients of ours have none to tell."""
    juliet = people.online("juliet")

    liar.says(juliet.jid, "<result xmlns='urn:xmpp:mam:2' id='1' queryid='q'>"
              "<forwarded xmlns='urn:xmpp:forward:0'/></result>")
    heard = juliet.receives("trust me")

    assert heard.get("from") == liar.jid
    assert (heard.find(MAM + "result") is None) == (liar.way == "client")


def test_nobody_speaks_as_the_account_itself(people, town):
    juliet = people.online("juliet")
    bot = Component(town, "bot.localhost").shakes_hands("sesame").is_welcome()

    bot.stanza(f"<message from='{juliet.bare}' to='{juliet.jid}'><result "
               "xmlns='urn:xmpp:mam:2' id='1'/></message>")
    bot.ends_with("invalid-from")
    juliet.hears_nothing_of(is_message)


@pytest.mark.parametrize("way", ["client", "server"])
def test_through_a_room(people, town, way):
    nurse = people.online("nurse")
    room = f"{people.name('hall')}@conference.localhost"
    creates(nurse, room, "nurse")
    liar = Liar(way, town, people)
    liar._stream.send_raw(f"<presence from='{liar.jid}' to='{room}/liar'>"
                          "<x xmlns='http://jabber.org/protocol/muc'/></presence>")
    nurse.receives_presence(f"{room}/liar")

    liar._stream.send_raw(
        f"<message from='{liar.jid}' to='{room}' type='groupchat'>"
        "<body>trust me</body>"
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='{nurse.bare}' id='1'/>"
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='{room.upper()}' id='1'/>"
        "<delay xmlns='urn:xmpp:delay' from='localhost' "
        "stamp='1999-01-01T00:00:00Z'/>"
        f"<delay xmlns='urn:xmpp:delay' from='{room.title()}' "
        "stamp='1999-01-01T00:00:00Z'/>"
        "<sent xmlns='urn:xmpp:carbons:2'/><result xmlns='urn:xmpp:mam:2'/>"
        "</message>")
    heard = nurse.receives("trust me")

    assert [s.get("by") for s in heard.findall(STAMP)] in ([], [room])
    assert stamp_of(heard, room) != "1"
    for tag in (DELAY, CARBONS + "sent", MAM + "result"):
        assert heard.find(tag) is None, tag
    liar.leaves()
