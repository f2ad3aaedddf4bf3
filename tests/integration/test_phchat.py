"""phchat, the terminal client: two people in tmux, and scripts."""
import hashlib
import json
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from socks import Socks, key_of
from suite import BIN, PASSWORD
from xmpp import error_of

TIMEOUT = 20


def environment(**more):
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "screen",
            "PHCHAT_PASSWORD": PASSWORD, **more}


def command(suite, name, *words):
    return [str(BIN / "phchat"), "--jid", f"{name}@{suite.domain}", "--server",
            f"127.0.0.1:{suite.port('C2S')}", "--ca", suite.env["PH_CA_FILE"],
            *map(str, words)]


def phchat(suite, name, *words, password=PASSWORD):
    """Runs one verb."""
    return subprocess.run(command(suite, name, *words), text=True,
                          capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL,
                          env=environment(PHCHAT_PASSWORD=password))


class Terminal:
    """phchat as a person sees it."""

    def __init__(self, suite, name, folder):
        self._socket = f"{folder}/{name}.tmux"
        words = command(suite, name, "--folder", folder)
        self._tmux("-f", "/dev/null", "new-session", "-d", "-s", "p", "-x",
                   "100", "-y", "40", " ".join(words) + "; sleep 60")

    def _tmux(self, *words):
        return subprocess.run(["tmux", "-u", "-S", self._socket, *words],
                              capture_output=True, text=True, timeout=20,
                              env=environment()).stdout

    def types(self, line):
        self._tmux("send-keys", "-t", "p", "-l", line)
        self._tmux("send-keys", "-t", "p", "Enter")
        return self

    def presses(self, *keys):
        self._tmux("send-keys", "-t", "p", *keys)
        return self

    def screen(self):
        return self._tmux("capture-pane", "-p", "-S", "-200", "-t", "p")

    def sees(self, *texts):
        deadline = time.monotonic() + TIMEOUT
        while not all(text in (screen := self.screen()) for text in texts):
            assert time.monotonic() < deadline, screen
            time.sleep(0.1)
        return self

    def close(self):
        self._tmux("kill-server")


@pytest.fixture
def terminals():
    made = []
    with tempfile.TemporaryDirectory(prefix="phchat-") as folder:
        def open_one(suite, name):
            own = Path(folder) / name
            own.mkdir()
            made.append(Terminal(suite, name, own))
            made[-1].folder = own
            return made[-1]

        yield open_one
        for terminal in made:
            terminal.close()


def test_the_story_of_two_people(own_suite, terminals):
    """Register, be refused, log in, make friends, talk, tell a group, send a
    file."""
    suite = own_suite(settings={"authd.registration": "open"})
    for name in ("alice", "bob"):
        result = phchat(suite, name, "register")
        assert result.returncode == 0, result.stdout
        assert "Registered" in result.stdout
    assert phchat(suite, "alice", "register").returncode == 1
    wrong = phchat(suite, "alice", "roster", password="not it")
    assert wrong.returncode == 3 and "password" in wrong.stdout

    alice = terminals(suite, "alice").sees("You are online")
    bob = terminals(suite, "bob").sees("You are online")
    alice.types("/add bob Team")
    bob.sees("asks to be your friend").types("/accept alice")
    alice.sees("is your friend now", "bob@localhost is online")
    bob.sees("alice@localhost is online")

    alice.types("/to bob").sees("bob@localhost>").types("你好, Bob — how are you?")
    bob.sees("alice@localhost: 你好, Bob — how are you?", "1 unread")
    bob.types("/to alice").types("fine")
    alice.sees("bob@localhost: fine")
    alice.types("/group Team supper at eight")
    bob.sees("supper at eight")
    alice.types("/dnd")
    bob.sees("alice@localhost is dnd")

    content = os.urandom(5_000_000)
    (alice.folder / "play.bin").write_bytes(content)
    alice.types(f"/sendfile bob {alice.folder / 'play.bin'}")
    bob.sees("play.bin: 5000000 bytes, received, hash is right")
    alice.sees("play.bin: 5000000 bytes, sent")
    assert (bob.folder / "play.bin").read_bytes() == content

    bob.types("/nonsense").sees("No such command")
    alice.types("/quit")
    bob.sees("alice@localhost is offline")


def test_a_password_with_spaces_and_groups_as_they_are(suite, people,
                                                       terminals):
    romeo, juliet = people.account("romeo"), people.online("juliet")
    name = juliet.bare.split("@")[0]
    terminal = terminals(suite, romeo).sees("You are online")

    terminal.types("/passwd  two  words ").sees("password is another one")
    assert phchat(suite, romeo, "roster", password="two  words ").returncode == 0
    terminal.types(f"/add {name} Old Friends").sees("Asked.")
    romeo = people.login(romeo, password="two  words ")
    romeo.set("<query xmlns='jabber:iq:roster'>"
              f"<item jid='{juliet.bare}' name='Jule'><group>A</group>"
              "<group>B</group></item></query>")
    terminal.types("/roster").sees(f"A/Jule <{juliet.bare}>",
                                   f"B/Jule <{juliet.bare}>")
    terminal.types("/group B hello B")
    juliet.receives("hello B")
    terminal.types("/remove Jule").sees("Removed.").presses("C-l")
    shown = phchat(suite, romeo.bare.split("@")[0], "--json", "roster",
                   password="two  words ").stdout
    assert "Jule" not in shown


def test_a_room_is_made_and_left(suite, people, terminals):
    """The room opens for others, and its occupants are no contacts."""
    romeo, juliet = people.account("romeo"), people.account("juliet")
    room = f"orchard-{romeo}"
    first = terminals(suite, romeo).sees("You are online")
    second = terminals(suite, juliet).sees("You are online")

    first.types(f"/join {room}").sees("The room is made.")
    second.types(f"/join {room} Jule").sees(f"{romeo} is here")
    first.sees("Jule is here").types("welcome")
    second.sees(f"{romeo}: welcome").types("/leave")
    first.sees("Jule is gone").types("/roster").types("/to nobody")
    assert "<orchard" not in first.screen()


def test_what_was_said_before_is_on_the_screen(suite, people, terminals):
    romeo, juliet = people.friends()
    name = romeo.bare.split("@")[0]
    juliet.send(romeo.bare, "the first")
    romeo.receives("the first")
    romeo.send(juliet.bare, "the second")
    juliet.receives("the second")
    romeo.leaves()
    juliet.send(romeo.bare, "while you were away")

    terminal = terminals(suite, name).sees(
        f"{time.strftime('%Y-%m-%d')}", "while you were away")
    terminal.types(f"/to {juliet.bare}").sees("the first", "the second")
    page = phchat(suite, name, "--json", "history", juliet.bare).stdout
    bodies = [e["body"] for e in map(json.loads, page.splitlines())
              if e["event"] == "history"]
    assert bodies == ["the first", "the second", "while you were away"]


def test_a_script_learns_that_its_message_was_refused(suite, people):
    romeo, juliet = people.account("romeo"), people.online("juliet")
    juliet.set("<block xmlns='urn:xmpp:blocking'>"
               f"<item jid='{romeo}@localhost'/></block>")

    result = phchat(suite, romeo, "send", juliet.bare, "hello")

    assert result.returncode == 1, result.stdout


def test_a_refusal_without_a_text_is_told_in_words(suite, people):
    said = phchat(suite, people.account("romeo"), "send", "nobody-of-this-name",
                  "hello")

    assert said.returncode == 1
    assert "! Nobody at this address takes it" in said.stdout


def test_whoever_forgets_a_word_learns_it_without_a_login(suite):
    """The account is none, so that a login would end in another way."""
    too_few = phchat(suite, "no-account", "send", "juliet")
    unknown = phchat(suite, "no-account", "snd", "juliet", "hello")

    assert too_few.returncode == unknown.returncode == 2
    assert "Expected: send JID TEXT" in too_few.stdout
    assert "No such command" in unknown.stdout


@pytest.mark.parametrize("words, told", (
    (("--jid", "romeo"), "phchat: --jid: expected user@domain, got romeo"),
    (("--jid", "a@b", "--server", "b:0"),
     "phchat: --server: expected HOST:PORT, got b:0"),
    (("--jid", "a@b", "--ca", "/no/such"),
     "phchat: /no/such: No such file or directory"),
    (("--jid", "a@b", "--password-file", "/no/such"),
     "phchat: /no/such: No such file or directory")))
def test_a_wrong_option_is_named(words, told):
    said = subprocess.run([str(BIN / "phchat"), *words, "roster"], text=True,
                          capture_output=True, timeout=20,
                          stdin=subprocess.DEVNULL, env=environment())

    assert said.returncode == 2
    assert told in said.stderr


def test_commands_are_hinted_at_where_they_can_be_typed(suite, people,
                                                        terminals):
    name = people.account("romeo")
    said = phchat(suite, name, "roster")

    assert said.returncode == 0 and "/help" not in said.stdout
    terminals(suite, name).sees("You are online", "/help tells")


def offers(sender, to, content, hashed, stops_at=None, hosts="",
           meanwhile=lambda: None, known_as=None):
    """Offers the content by stream initiation, with the hash of something else
    perhaps, and sends it through the proxy, or a part of it. `hosts` are others
    to be tried first, and `meanwhile` is called then. Who
    is `known_as` another, as in a room, is told the key. Returns where he wanted
    it to begin."""
    sid, proxy = os.urandom(8).hex(), "proxy.localhost"
    streams = "http://jabber.org/protocol/bytestreams"
    answer = sender.iq(
        "set", f"<si xmlns='http://jabber.org/protocol/si' id='{sid}' profile="
               "'http://jabber.org/protocol/si/profile/file-transfer'>"
               "<file xmlns='http://jabber.org/protocol/si/profile/"
               f"file-transfer' name='gift.bin' size='{len(content)}' "
               f"hash='{hashlib.md5(hashed).hexdigest()}'><range/></file>"
               "<feature xmlns='http://jabber.org/protocol/feature-neg'>"
               "<x xmlns='jabber:x:data' type='form'><field type='list-single' "
               f"var='stream-method'><option><value>{streams}</value></option>"
               "</field></x></feature></si>", to)
    assert answer.get("type") == "result"
    asked = answer.find(".//{http://jabber.org/protocol/si/profile/"
                        "file-transfer}range")
    begin = 0 if asked is None else int(asked.get("offset"))
    port = sender.suite.port("PROXY")
    key = key_of(sid, sender.jid, known_as or to)
    told = f"dstaddr='{key}'" if known_as else ""
    sender.stanza(f"<iq type='set' id='hosts' to='{to}'><query {told} "
                  f"xmlns='{streams}' sid='{sid}'>{hosts}<streamhost "
                  f"jid='{proxy}' host='127.0.0.1' port='{port}'/></query></iq>")
    meanwhile()
    used = sender.waits_for(lambda e: e.get("id") == "hosts")
    assert used.get("type") == "result"
    assert used.find(f".//{{{streams}}}streamhost-used").get("jid") == proxy
    near = Socks(sender.suite).connects(key)
    sender.set(f"<query xmlns='{streams}' sid='{sid}'><activate>"
               f"{known_as or to}</activate></query>", proxy)
    near.sock.sendall(content[begin:stops_at])
    near.close()
    return begin


def ends_of_files(watcher):
    for line in watcher.stdout:
        event = json.loads(line)
        if event["event"] in ("file", "error"):
            yield event


def test_a_file_goes_on_where_it_broke(suite, people, tmp_path):
    romeo, juliet = people.friends()
    juliet.leaves()
    content = os.urandom(300_000)
    watcher = subprocess.Popen(
        command(suite, juliet.bare.split("@")[0], "--json", "--folder", tmp_path,
                "watch"),
        text=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env=environment())
    try:
        there = json.loads(watcher.stdout.readline())["jid"]
        events = ends_of_files(watcher)
        assert offers(romeo, there, content, content, stops_at=100_000) == 0
        assert next(events)["event"] == "error"
        assert offers(romeo, there, content, content,
                      known_as="room@conference.localhost/Jule") == 100_000
        assert next(events)["check"] == "hash is right"
    finally:
        watcher.terminate()
        watcher.wait()

    assert [path.name for path in tmp_path.iterdir()] == ["gift.bin"]
    assert (tmp_path / "gift.bin").read_bytes() == content


def test_a_host_that_says_nothing_stops_nobody(suite, people, tmp_path):
    """A streamhost that takes the connection and no more, one that is no
    address, then the proxy; while they are tried phchat hears messages."""
    romeo, juliet = people.friends()
    juliet.leaves()
    content = os.urandom(300_000)
    watcher = subprocess.Popen(
        command(suite, juliet.bare.split("@")[0], "--json", "--folder", tmp_path,
                "watch"),
        text=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env=environment())

    def hears_a_message():
        began = time.monotonic()
        romeo.send(juliet.bare, "meanwhile")
        while json.loads(watcher.stdout.readline())["event"] != "message":
            pass
        assert time.monotonic() - began < 2

    try:
        there = json.loads(watcher.stdout.readline())["jid"]
        with socket.create_server(("127.0.0.1", 0)) as silent:
            offers(romeo, there, content, content, hosts=(
                "<streamhost jid='a@b/c' host='127.0.0.1' "
                f"port='{silent.getsockname()[1]}'/>"
                "<streamhost jid='a@b/c' host='no-host.invalid' port='1'/>"
                "<streamhost jid='a@b/c' host='::1' port='0'/>"
                "<streamhost jid='a@b/c' host='::1' port='1'/>"),
                meanwhile=hears_a_message)
        assert next(ends_of_files(watcher))["check"] == "hash is right"
    finally:
        watcher.terminate()
        watcher.wait()

    assert (tmp_path / "gift.bin").read_bytes() == content


def test_a_part_is_all_that_is_sent(suite, people, tmp_path):
    """Who takes a file may want a range of it, at the sender's own port."""
    romeo, juliet = people.friends()
    romeo.leaves()
    streams = "http://jabber.org/protocol/bytestreams"
    si = "http://jabber.org/protocol/si"
    (tmp_path / "out.bin").write_bytes(b"0123456789" * 100_000)
    sender = subprocess.Popen(
        command(suite, romeo.bare.split("@")[0], "--json", "sendfile",
                juliet.jid, tmp_path / "out.bin"), text=True,
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment())
    try:
        there = json.loads(sender.stdout.readline())["jid"]
        offer = juliet.waits_for(lambda e: e.find(f"{{{si}}}si") is not None)
        sid = offer.find(f"{{{si}}}si").get("id")
        juliet.stanza(
            f"<iq type='result' id='{offer.get('id')}' to='{there}'>"
            f"<si xmlns='{si}'><file xmlns='{si}/profile/file-transfer'>"
            "<range offset='999' length='7'/></file></si></iq>")
        query = juliet.waits_for(
            lambda e: e.find(f"{{{streams}}}query") is not None)
        hosts = query.findall(f".//{{{streams}}}streamhost")
        assert [h.get("jid") for h in hosts][-1] == "proxy.localhost"
        assert hosts[0].get("jid") == there
        address = hosts[0].get("host"), int(hosts[0].get("port"))
        with socket.create_connection(address) as wrong:
            wrong.sendall(b"\5\1\0\5\1\0\3\x28" + b"0" * 40 + b"\0\0")
            assert wrong.recv(4, socket.MSG_WAITALL) == b"\5\0\5\2"
        with socket.create_connection(address) as road:
            key = key_of(sid, there, juliet.jid)
            road.sendall(b"\5\1\0\5\1\0\3\x28" + key.encode() + b"\0\0")
            assert road.recv(49, socket.MSG_WAITALL)[:4] == b"\5\0\5\0"
            juliet.stanza(
                f"<iq type='result' id='{query.get('id')}' to='{there}'>"
                f"<query xmlns='{streams}' sid='{sid}'><streamhost-used "
                f"jid='{there}'/></query></iq>")
            assert road.recv(100, socket.MSG_WAITALL) == b"9012345"
        assert sender.wait(20) == 0
    finally:
        sender.kill()
        sender.wait()


def test_a_proxy_of_any_name_is_found(own_suite, crowd_of, tmp_path):
    suite = own_suite(settings={"proxy65d.domains": '{"relay.localhost"}'})
    romeo, juliet = crowd_of(suite).friends()
    juliet.leaves()
    (tmp_path / "out.bin").write_bytes(b"by the relay")
    target = tmp_path / "in"
    target.mkdir()
    watcher = subprocess.Popen(
        command(suite, juliet.bare.split("@")[0], "--json", "--folder", target,
                "watch"), text=True, stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL, env=environment())
    try:
        watcher.stdout.readline()
        sent = phchat(suite, romeo.bare.split("@")[0], "--proxy-only",
                      "sendfile", juliet.bare, tmp_path / "out.bin")
        assert sent.returncode == 0, sent.stdout
        assert next(ends_of_files(watcher))["check"] == "hash is right"
    finally:
        watcher.terminate()
        watcher.wait()


def test_a_file_that_is_not_what_was_offered_is_not_kept(suite, people,
                                                         tmp_path):
    romeo, juliet = people.friends()
    juliet.leaves()
    watcher = subprocess.Popen(
        command(suite, juliet.bare.split("@")[0], "--json", "--folder", tmp_path,
                "watch"),
        text=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env=environment())
    try:
        there = json.loads(watcher.stdout.readline())["jid"]
        offers(romeo, there, b"not what you think", hashed=b"a present")
        event = next(ends_of_files(watcher))
    finally:
        watcher.terminate()
        watcher.wait()

    assert event["event"] == "error" and "hash" in event["text"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_waits_for_who_is_away(suite, people, terminals):
    romeo, juliet = people.friends()
    names = [c.bare.split("@")[0] for c in (romeo, juliet)]
    romeo.leaves()
    juliet.leaves()
    suite.ctl("property", "set", "account", romeo.bare, "upload", "no")
    time.sleep(0.3)  # the database tells sm
    sender = terminals(suite, names[0]).sees("You are online")
    (sender.folder / "late.txt").write_text("better late")

    sender.types(f"/sendfile {names[1]} {sender.folder / 'late.txt'}")
    sender.sees("late.txt")
    time.sleep(3)  # the offer has reached the server
    receiver = terminals(suite, names[1])
    receiver.sees("late.txt: 11 bytes, received, hash is right")
    sender.sees("late.txt: 11 bytes, sent")
    assert (receiver.folder / "late.txt").read_text() == "better late"


def fetched(suite, url):
    context = ssl.create_default_context(cafile=suite.env["PH_CA_FILE"])
    with urllib.request.urlopen(url, context=context, timeout=20) as answer:
        return answer.read()


@pytest.mark.parametrize("verb", ["upload", "sendfile"])
def test_a_file_for_who_is_away_is_uploaded(suite, people, tmp_path, verb):
    romeo, juliet = people.account("romeo"), people.account("juliet")
    source = tmp_path / "a letter.bin"
    source.write_bytes(os.urandom(1_500_000))

    result = phchat(suite, romeo, "--json", verb, juliet, source)

    assert result.returncode == 0, result.stdout + result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    told = next(e for e in events if e["event"] == "uploaded")
    assert told["size"] == "1500000" and told["to"] == f"{juliet}@localhost"
    message = people.login(juliet).comes_online(0).waits_for(
        lambda e: e.tag.endswith("message"))
    assert message.find("{jabber:x:oob}x/{jabber:x:oob}url").text == told["url"]
    assert message.find("{jabber:client}body").text == told["url"]
    assert fetched(suite, told["url"]) == source.read_bytes()


def test_a_path_of_an_upload_may_have_spaces(suite, people, terminals):
    name = people.account("romeo")
    terminal = terminals(suite, name).sees("You are online")
    (terminal.folder / "my holiday.txt").write_text("sun")

    terminal.types(f"/upload {terminal.folder}/my holiday.txt")
    terminal.sees("my holiday.txt: 3 bytes, uploaded")
    terminal.types(f"/upload {name} {terminal.folder}/my holiday.txt")
    terminal.sees("my%20holiday.txt", f"{name}@localhost: https://")


def test_a_client_without_stream_initiation_gets_an_upload(suite, people,
                                                           tmp_path):
    romeo, juliet = people.friends()
    romeo.leaves()
    (tmp_path / "a.bin").write_bytes(b"hello")
    sender = subprocess.Popen(
        command(suite, romeo.bare.split("@")[0], "--json", "sendfile",
                juliet.jid, tmp_path / "a.bin"), text=True,
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment())
    offer = juliet.waits_for(lambda e: e.tag.endswith("iq") and e.find(
        "{http://jabber.org/protocol/si}si") is not None)

    juliet.stanza(f"<iq type='error' id='{offer.get('id')}' "
                  f"to='{offer.get('from')}'><error type='cancel'>"
                  "<service-unavailable xmlns="
                  "'urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
    message = juliet.waits_for(
        lambda e: e.find("{jabber:x:oob}x") is not None)

    assert fetched(suite, message.find("{jabber:client}body").text) == b"hello"
    assert sender.wait(20) == 0


def test_an_upload_goes_to_no_server_that_proves_nothing(own_suite,
                                                         tmp_path):
    """The one that the slot names has to have a certificate that is trusted."""
    (tmp_path / "a.bin").write_bytes(b"hello")
    with subprocess.Popen(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem",
             "-subj", "/CN=localhost"], stderr=subprocess.DEVNULL) as made:
        assert made.wait(20) == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve():
            sock, _ = listener.accept()
            try:
                context.wrap_socket(sock, server_side=True).recv(1)
            except OSError:
                sock.close()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        suite = own_suite(settings={"webd.url": f"https://localhost:{port}"},
                          users=("alice",))
        result = phchat(suite, "alice", "--json", "upload", "alice",
                        tmp_path / "a.bin")
        thread.join(10)

    assert result.returncode == 1
    assert "certificate" in result.stdout


def test_the_line_is_edited_as_people_expect(suite, people, terminals):
    name = people.account("editor")
    terminal = terminals(suite, name).sees("You are online")

    terminal.presses("-l", f"/to {name}").presses("Enter")
    terminal.presses("-l", "宽字 wide").presses("Left", "Left", "Left", "Left",
                                             "BSpace", "BSpace")
    terminal.presses("-l", "符").presses("Enter")
    terminal.sees(f"→ {name}@localhost: 宽符wide")
    terminal.presses("Up").sees("> 宽符wide").presses("C-u")


def test_scripts_send_and_watch(suite, people):
    romeo, juliet = people.account("romeo"), people.account("juliet")
    watcher = subprocess.Popen(
        command(suite, juliet, "--json", "watch"), text=True,
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment())
    try:
        assert json.loads(watcher.stdout.readline())["event"] == "online"
        assert phchat(suite, romeo, "send", juliet,
                      'she said "hi"').returncode == 0
        event = json.loads(watcher.stdout.readline())
        assert event["event"] == "message"
        assert event["from"] == f"{romeo}@localhost"
        assert event["body"] == 'she said "hi"'
    finally:
        watcher.terminate()
        watcher.wait()


@pytest.mark.parametrize("size", [0, 1, 1_000_000, 60_000_000])
def test_a_script_sends_a_file(suite, people, size):
    romeo, juliet = people.friends()
    juliet.presence("unavailable")
    romeo.close()
    juliet.close()
    names = [c.bare.split("@")[0] for c in (romeo, juliet)]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "out.bin", Path(folder) / "in"
        target.mkdir()
        source.write_bytes(os.urandom(size))
        watcher = subprocess.Popen(
            command(suite, names[1], "--json", "--folder", target, "watch"),
            text=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env=environment())
        try:
            assert json.loads(watcher.stdout.readline())["event"] == "online"
            result = phchat(suite, names[0], "sendfile", names[1], source)
            assert result.returncode == 0, result.stdout
            for line in watcher.stdout:
                event = json.loads(line)
                if event["event"] in ("file", "error"):
                    break
            assert event["event"] == "file", event
        finally:
            watcher.terminate()
            watcher.wait()
        received = (target / "out.bin").read_bytes()
        assert hashlib.sha256(received).digest() == hashlib.sha256(
            source.read_bytes()).digest()


def test_a_certificate_that_is_not_trusted_ends_it(suite, people):
    words = command(suite, people.account("romeo"), "roster")
    at = words.index("--ca")
    del words[at:at + 2]

    result = subprocess.run(words, capture_output=True, text=True, timeout=30,
                            stdin=subprocess.DEVNULL, env=environment())

    assert result.returncode == 4
    assert "certificate is not trusted" in result.stdout


def test_a_server_that_is_not_there_is_told(suite, people):
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    words = command(suite, people.account("romeo"), "roster")
    words[words.index("--server") + 1] = f"127.0.0.1:{free}"

    result = subprocess.run(words, capture_output=True, text=True, timeout=30,
                            stdin=subprocess.DEVNULL, env=environment())

    assert result.returncode == 5 and "no way" in result.stdout


def test_nobody_answers_in_the_name_of_another(suite, people, tmp_path):
    romeo, juliet = people.friends()
    mallory = people.online("mallory")
    name = romeo.bare.split("@")[0]
    romeo.leaves()
    (tmp_path / "out.bin").write_bytes(b"for juliet alone")
    sender = subprocess.Popen(
        command(suite, name, "--json", "sendfile", juliet.jid,
                tmp_path / "out.bin"), text=True, stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL, env=environment())
    try:
        there = json.loads(sender.stdout.readline())["jid"]
        offer = juliet.waits_for(
            lambda e: e.find("{http://jabber.org/protocol/si}si") is not None)
        for i in range(20):
            mallory.stanza(f"<iq type='result' id='ph{i}' to='{there}'><si "
                           "xmlns='http://jabber.org/protocol/si'/></iq>"
                           f"<iq type='get' id='ph{i}' to='{there}'>"
                           "<ping xmlns='urn:xmpp:ping'/></iq>")
        time.sleep(1)
        assert sender.poll() is None
        juliet.stanza(f"<iq type='error' id='{offer.get('id')}' to='{there}'>"
                      "<error type='cancel'><not-acceptable xmlns="
                      "'urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
        event = next(ends_of_files(sender))
        assert event["condition"] == "not-acceptable"
        assert sender.wait(20) == 1
    finally:
        sender.kill()
        sender.wait()


def test_a_strangers_file_is_refused(suite, people):
    juliet, mallory = people.account("juliet"), people.online("mallory")
    watcher = subprocess.Popen(
        command(suite, juliet, "--json", "watch"), text=True,
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment())
    try:
        jid = json.loads(watcher.stdout.readline())["jid"]
        answer = mallory.iq(
            "set", "<si xmlns='http://jabber.org/protocol/si' id='x'>"
                   "<file xmlns='http://jabber.org/protocol/si/profile/"
                   "file-transfer' name='../../x' size='1'/></si>", jid)
        assert answer.get("type") == "error"
    finally:
        watcher.terminate()
        watcher.wait()


def test_what_others_ask_is_answered(suite, people):
    name, juliet = people.account("romeo"), people.online("juliet")
    info = "http://jabber.org/protocol/disco#info"
    watcher = subprocess.Popen(
        command(suite, name, "--json", "watch"), text=True,
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment())
    try:
        jid = json.loads(watcher.stdout.readline())["jid"]
        features = {f.get("var") for f in juliet.get(
            f"<query xmlns='{info}'/>", jid).iter(f"{{{info}}}feature")}
        assert "http://jabber.org/protocol/bytestreams" in features
        assert juliet.iq("get", "<ping xmlns='urn:xmpp:ping'/>",
                         jid).get("type") == "result"
        for kind, payload, condition in (
                ("get", "<query xmlns='jabber:iq:version'/>",
                 "service-unavailable"),
                ("get", f"<query xmlns='{info}' node='x'/>", "item-not-found"),
                ("set", "<query xmlns='http://jabber.org/protocol/bytestreams'/>",
                 "bad-request")):
            assert error_of(juliet.iq(kind, payload, jid)) == condition
    finally:
        watcher.terminate()
        watcher.wait()


def test_foreign_text_does_not_steer_the_terminal(suite, people):
    name, mallory = people.account("juliet"), people.online("mallory")
    watcher = subprocess.Popen(command(suite, name, "watch"),
                               stdout=subprocess.PIPE, env=environment(),
                               stdin=subprocess.DEVNULL)
    try:
        watcher.stdout.readline()
        mallory.send(f"{name}@localhost", "a\u009b31mb\u007fc")
        assert b"a31mbc" in watcher.stdout.readline()
        mallory.send(f"{name}@localhost", "\u202etxt.exe\u2066 \u201cd\u201d")
        assert "txt.exe “d”".encode() in watcher.stdout.readline()
    finally:
        watcher.terminate()
        watcher.wait()
