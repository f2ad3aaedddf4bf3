"""Files by HTTP: webd (XEP-0363)."""
import asyncio
import hashlib
import http.client
import os
import re
import socket
import ssl
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

import pytest

from suite import PASSWORD
from xmpp import error_of

UPLOAD = "urn:xmpp:http:upload:0"
PURPOSE = "urn:xmpp:http:upload:purpose:0"
NS = f"{{{UPLOAD}}}"
SERVICE = "upload.localhost"
DISCO = "http://jabber.org/protocol/disco#"
KEPT = {"path": "", "token": ""}


def asks(client, name="a.txt", size=5, kind="text/plain", purpose=""):
    """The answer to a request for a slot."""
    told = f" content-type='{kind}'" if kind else ""
    return client.iq("get", f"<request xmlns='{UPLOAD}' filename='{name}' "
                            f"size='{size}'{told}>{purpose}</request>", SERVICE)


class Slot:
    def __init__(self, answer):
        assert answer.get("type") == "result", error_of(answer)
        slot = answer.find(NS + "slot")
        self.put = slot.find(NS + "put").get("url")
        self.get = slot.find(NS + "get").get("url")
        self.headers = {h.get("name"): h.text for h in
                        slot.find(NS + "put").findall(NS + "header")}
        self.path = urllib.parse.urlsplit(self.put).path


def slot_of(client, *args, **options):
    return Slot(asks(client, *args, **options))


class Web:
    """HTTPS requests to a suite."""

    def __init__(self, suite):
        self.suite = suite

    def socket(self):
        context = ssl.create_default_context(cafile=self.suite.env["PH_CA_FILE"])
        plain = socket.create_connection(
            ("127.0.0.1", self.suite.port("HTTPS")), timeout=20)
        return context.wrap_socket(plain, server_hostname="localhost")

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPSConnection(
            "localhost", self.suite.port("HTTPS"), timeout=20,
            context=ssl.create_default_context(
                cafile=self.suite.env["PH_CA_FILE"]))
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.content = answer.read()
            return answer
        finally:
            connection.close()

    def raw(self, *pieces, wait=True):
        """Sends bytes as they are; all that comes back."""
        with self.socket() as sock:
            answer = b""
            try:
                for piece in pieces:
                    sock.sendall(piece)
                while wait and (more := sock.recv(65536)):
                    answer += more
                    if b"\r\n\r\n" in answer and b"Content-Length: 0" in answer:
                        break
            except (ConnectionError, ssl.SSLError):
                pass
            return answer

    def puts(self, slot, body, **headers):
        return self.request("PUT", slot.path, body,
                            {**slot.headers, **{k.replace("_", "-"): v
                                                for k, v in headers.items()}})


@pytest.fixture
def web(suite):
    return Web(suite)


def log_of(suite):
    return (suite.state / "log/webd.0.log").read_text()


def waits_until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def files_of(suite):
    return sorted(p.name for p in (suite.state / "uploads/files").iterdir())


def incoming_of(suite):
    return sorted(p.name for p in (suite.state / "uploads/incoming").iterdir())


# --- the XMPP side --------------------------------------------------------------

def test_the_server_lists_the_service_and_its_limit(people):
    romeo = people.online("romeo")

    items = romeo.get(f"<query xmlns='{DISCO}items'/>", "localhost")
    info = romeo.get(f"<query xmlns='{DISCO}info'/>", SERVICE)

    listed = [i.get("jid") for i in items]
    assert SERVICE in listed and "upload.two.localhost" not in listed
    identity = next(e for e in info if e.tag.endswith("identity"))
    assert (identity.get("category"), identity.get("type")) == ("store", "file")
    features = [e.get("var") for e in info if e.tag.endswith("feature")]
    assert UPLOAD in features and PURPOSE + "#ephemeral" in features
    assert PURPOSE + "#permanent" not in features
    fields = {f.get("var"): "".join(f.itertext()) for f in info.iter()
              if f.tag.endswith("field")}
    assert fields == {"FORM_TYPE": UPLOAD, "max-file-size": "104857600"}


def test_the_limit_is_the_askers_own(suite, people):
    romeo = people.online("romeo")
    limit = "max-upload-size"
    suite.ctl("property", "set", "account", romeo.bare, limit, "1000")
    time.sleep(0.3)  # the database tells sm

    def told(inside=""):
        info = romeo.get(f"<query xmlns='{DISCO}info'>{inside}</query>", SERVICE)
        return [f.findtext("{jabber:x:data}value") for f in info.iter()
                if f.get("var") == "max-file-size"]

    assert told() == ["1000"]
    assert told("<max-upload xmlns='urn:posthouse:link:1'>7</max-upload>") == ["1000"]
    suite.ctl("property", "set", "account", romeo.bare, limit, "0")
    time.sleep(0.3)
    assert told() == []  # none


def test_a_slot_keeps_the_name_and_names_https(suite, people):
    slot = slot_of(people.online("romeo"), "très cool.jpg", 23456, "image/jpeg")

    port = suite.port("HTTPS")
    assert re.fullmatch(rf"https://localhost:{port}/upload/[0-9a-f]{{32}}/"
                        "tr%C3%A8s%20cool.jpg", slot.put)
    assert slot.get == slot.put
    assert set(slot.headers) == {"Authorization"}


@pytest.mark.parametrize("request_, condition", [
    ("<request xmlns='%s' size='5'/>", "bad-request"),
    ("<request xmlns='%s' filename='a'/>", "bad-request"),
    ("<request xmlns='%s' filename='a' size='0'/>", "bad-request"),
    ("<request xmlns='%s' filename='a' size='-1'/>", "bad-request"),
    ("<request xmlns='%s' filename='a' size='5' content-type='text'/>",
     "bad-request"),
    ("<request xmlns='%s' filename='a' size='5' "
     "content-type='a/b&#x9;c'/>", "bad-request")])
def test_a_request_that_makes_no_sense_is_refused(people, request_, condition):
    romeo = people.online("romeo")

    assert error_of(romeo.iq("get", request_ % UPLOAD, SERVICE)) == condition


def test_a_file_too_large_is_refused_with_the_limit(people):
    answer = asks(people.online("romeo"), size=104857601)

    assert error_of(answer) == "not-acceptable"
    assert answer.find(f".//{NS}max-file-size").text == "104857600"


def test_who_may_not_upload_gets_no_slot(suite, people):
    romeo, juliet = people.online("romeo"), people.online("juliet")
    suite.ctl("property", "set", "account", romeo.bare, "upload", "no")
    suite.ctl("property", "set", "account", juliet.bare, "max-upload-size",
              "1000")
    time.sleep(0.3)  # the database tells sm

    assert error_of(asks(romeo)) == "forbidden"
    assert error_of(asks(juliet, size=1001)) == "not-acceptable"
    slot_of(juliet, size=1000)


def test_refusals_are_in_the_askers_language(people, web):
    romeo = people.online("romeo")
    slot = slot_of(romeo)

    def said(element):
        return "".join(element.itertext())

    for kind, size in (("text", 5), ("a/b", 104857601)):
        romeo.send_raw(f"<iq type='get' id='{size}' to='{SERVICE}' xml:lang='zh'>"
                       f"<request xmlns='{UPLOAD}' filename='a' size='{size}' "
                       f"content-type='{kind}'/></iq>")
        refused = romeo.waits_for(lambda e: e.get("id") == str(size))
        assert error_of(refused)
        assert re.search("[\u4e00-\u9fff]", said(refused)), said(refused)
    english = web.request("GET", slot.path)
    chinese = web.request("GET", slot.path,
                          headers={"Accept-Language": "zh-CN,en;q=0.5"})
    assert english.content == b"There is no such file\n"
    assert chinese.content.decode() == "没有这个文件\n"
    assert chinese.headers["Content-Language"] == "zh"
    assert chinese.headers["Vary"] == "Accept-Language"


def test_rules_on_files_hold_for_uploads(suite, people):
    romeo = people.online("romeo")
    made = [suite.ctl("transfer", "add", *words).stdout.strip() for words in (
        ("allow", "--direction", "upload", "--name", "*.ok.exe", "--rank", "1"),
        ("refuse", "--type", "application/x-msdownload", "--rank", "2"),
        ("refuse", "--direction", "out", "--name", "*.exe", "--rank", "3",
         "--reason", "no programs here"))]
    time.sleep(0.3)
    try:
        answer = asks(romeo, "game.EXE")
        assert error_of(answer) == "not-acceptable"
        assert "no programs here" in "".join(answer.itertext())
        assert error_of(asks(romeo, "x", kind="application/x-msdownload")) == \
            "not-acceptable"
        slot_of(romeo, "game.ok.exe")
        slot_of(romeo, "game.txt")
    finally:
        for rule in made:
            suite.ctl("transfer", "del", rule)
        time.sleep(0.3)


def test_purposes(people):
    romeo = people.online("romeo")

    assert error_of(asks(romeo, size=2_000_000, purpose=(
        f"<profile xmlns='{PURPOSE}'/>"))) == "not-acceptable"
    assert error_of(asks(romeo, purpose=(
        f"<permanent xmlns='{PURPOSE}'/>"))) == "not-acceptable"
    assert error_of(asks(romeo, purpose=(
        f"<ephemeral xmlns='{PURPOSE}'/>"))) == "bad-request"
    assert error_of(asks(romeo, purpose=(
        f"<ephemeral xmlns='{PURPOSE}' expire-before='2020-01-01T00:00:00Z'/>"
    ))) == "not-acceptable"
    slot_of(romeo, purpose=f"<message xmlns='{PURPOSE}'/>")


# --- a file's way ----------------------------------------------------------------

def test_a_file_comes_back_as_it_went(suite, people, web):
    romeo = people.online("romeo")
    content = os.urandom(3_000_000)
    slot = slot_of(romeo, "a picture.png", len(content), "image/png")

    assert web.request("GET", slot.path).status == 404
    assert web.puts(slot, content, Content_Type="image/png").status == 201
    answer = web.request("GET", slot.path)

    assert (answer.status, answer.content) == (200, content)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Security-Policy"].startswith(
        "default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Disposition"] == \
        "inline; filename*=UTF-8''a%20picture.png"
    line = next(x for x in log_of(suite).splitlines()
                if " upload " in x and romeo.bare in x)
    assert f"size={len(content)}" in line
    assert hashlib.sha256(content).hexdigest() in line


def test_what_a_browser_could_run_is_an_attachment(people, web):
    slot = slot_of(people.online("romeo"), "x.html", 8, "text/html")
    assert web.puts(slot, b"<script>", Content_Type="text/html").status == 201

    answer = web.request("GET", slot.path)

    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("asked, status, told, content", [
    ("bytes=0-3", 206, "bytes 0-3/10", b"0123"),
    ("bytes=8-", 206, "bytes 8-9/10", b"89"),
    ("bytes=-3", 206, "bytes 7-9/10", b"789"),
    ("bytes=5-500", 206, "bytes 5-9/10", b"56789"),
    ("bytes=10-", 416, "bytes */10", None),
    ("bytes=-0", 416, "bytes */10", None),
    ("bytes=0-1,4-5", 200, None, b"0123456789"),
    ("bytes=5-2", 200, None, b"0123456789"),
    ("lines=1-2", 200, None, b"0123456789")])
def test_ranges(people, web, asked, status, told, content):
    slot = slot_of(people.online("romeo"), "digits", 10)
    assert web.puts(slot, b"0123456789").status == 201

    answer = web.request("GET", slot.path, headers={"Range": asked})

    assert answer.status == status
    assert answer.headers["Content-Range"] == told
    assert content is None or answer.content == content


def test_head_options_and_conditions(people, web):
    slot = slot_of(people.online("romeo"), "digits", 10)
    assert web.puts(slot, b"0123456789").status == 201

    head = web.request("HEAD", slot.path)
    options = web.request("OPTIONS", slot.path)
    etag = head.headers["ETag"]
    same = web.request("GET", slot.path, headers={"If-None-Match": etag})
    other = web.request("GET", slot.path, headers={"Range": "bytes=0-1",
                                                   "If-Range": '"other"'})

    assert (head.status, head.headers["Content-Length"], head.content) == (
        200, "10", b"")
    assert options.status == 204
    assert "PUT" in options.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in options.headers["Access-Control-Allow-Headers"]
    assert (same.status, same.content) == (304, b"")
    assert (other.status, other.content) == (200, b"0123456789")
    assert same.headers["ETag"] == etag
    assert same.headers["Content-Length"] in (None, "10")  # RFC 9110 §8.6
    refused = web.request("DELETE", slot.path)
    assert refused.status == 405 and "PUT" in refused.headers["Allow"]
    assert web.request("BREW", slot.path).status == 501
    for path in ("/uploads", "/healthzz", "/healthz/", "/metrics"):
        assert web.request("GET", path).status == 404
    assert web.request("GET", "/healthz?deep").status == 200


def test_conditions_are_those_of_the_standard(people, web):
    slot = slot_of(people.online("romeo"), "digits", 10)
    assert web.puts(slot, b"0123456789").status == 201

    def asks_for(method="GET", **headers):
        return web.request(method, slot.path, headers={
            k.replace("_", "-"): v for k, v in headers.items()})

    head = asks_for("HEAD", Range="bytes=0-1")
    etag = head.headers["ETag"]
    assert (head.status, head.headers["Content-Length"]) == (200, "10")
    assert head.headers["Content-Range"] is None
    assert asks_for(Range="BYTES=8-").content == b"89"
    assert asks_for(If_Match=f'"other", {etag}').status == 200
    assert asks_for(If_Match="*").status == 200
    assert asks_for(If_Match='"other"').status == 412
    assert asks_for(If_Match=f"W/{etag}").status == 412
    assert asks_for(If_None_Match=f"W/{etag}").status == 304
    assert asks_for(If_Range=f"W/{etag}", Range="bytes=0-1").status == 200
    outside = asks_for(Range="bytes=10-")
    assert outside.status == 416 and outside.headers["Cache-Control"] is None


def test_pages_of_other_origins_read_refusals_too(people, web):
    slot = slot_of(people.online("romeo"))

    for answer in (web.request("GET", slot.path), web.request("DELETE", slot.path),
                   web.request("PUT", slot.path, b"12345"),
                   web.request("GET", "/nowhere")):
        assert answer.status >= 400
        assert answer.headers.get_all("Access-Control-Allow-Origin") == ["*"]


# --- hostile requests --------------------------------------------------------------

def test_a_browser_that_comes_to_see_the_certificate_reads_what_is_here(web):
    front = web.request("GET", "/")
    assert front.status == 200 and b"certificate" in front.content
    assert web.request("PUT", "/", b"x").status == 405


def test_a_slot_is_for_its_token_its_name_and_one_upload(suite, people, web):
    romeo = people.online("romeo")
    one, other = slot_of(romeo, "a", 5), slot_of(romeo, "b", 5)
    header = one.headers["Authorization"]
    flipped = header[:-6] + ("B" if header[-6] != "B" else "C") + header[-5:]

    def status(path, authorization):
        headers = {"Authorization": authorization} if authorization else {}
        return web.request("PUT", path, b"hello", headers).status

    assert status(one.path, None) == 403
    assert status(one.path, flipped) == 403
    assert status(one.path, "Bearer ") == 403
    assert status(one.path, "Bearer " + "A" * 9000) == 403
    assert status(one.path, header.replace("Bearer", "Basic")) == 403
    assert status(one.path, other.headers["Authorization"]) == 403
    assert status(one.path.replace("/a", "/evil.exe"), header) == 403
    assert web.request("GET", one.path).status == 404
    assert status(one.path, header) == 201
    assert status(one.path, header) == 409
    assert web.request("GET", one.path).content == b"hello"
    assert web.request("GET", one.path + "x").status == 404


@pytest.mark.parametrize("length, status", [(4, 400), (6, 413), (0, 400)])
def test_the_size_is_that_of_the_slot(people, web, length, status):
    slot = slot_of(people.online("romeo"), "a", 5)

    assert web.puts(slot, b"x" * length).status == status
    assert web.request("GET", slot.path).status == 404


def test_the_type_is_that_of_the_slot(people, web):
    slot = slot_of(people.online("romeo"), "a", 5, "image/png")

    assert web.puts(slot, b"hello", Content_Type="text/html").status == 415
    assert web.puts(slot, b"hello", Content_Type="IMAGE/PNG").status == 201


def head(slot, *lines):
    return ("\r\n".join([f"PUT {slot.path} HTTP/1.1", "Host: localhost",
                         f"Authorization: {slot.headers['Authorization']}",
                         *lines]) + "\r\n\r\n").encode()


@pytest.mark.parametrize("lines, status", [
    (["Transfer-Encoding: chunked"], b"411"),
    (["Transfer-Encoding: chunked", "Content-Length: 5"], b"400"),
    (["Content-Length: 5", "Transfer-Encoding: chunked"], b"400"),
    (["Transfer-Encoding: identity", "Content-Length: 5"], b"400"),
    (["Content-Length: 5", "Content-Length: 5"], b"400"),
    (["Content-Length: 5", "Content-Length: 6"], b"400"),
    (["Content-Length: +5"], b"400"),
    (["Content-Length: 5, 5"], b"400"),
    (["Content-Length: 0x5"], b"400"),
    (["Content-Length: 99999999999999999999"], b"4")])
def test_two_lengths_are_none(people, web, lines, status):
    slot = slot_of(people.online("romeo"), "a", 5)

    answer = web.raw(head(slot, *lines), b"5\r\nhello\r\n0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    # What follows is no request. (libmicrohttpd 0.9.75 writes the head of its own
    # refusals twice.)
    assert b"Connection: close" in answer
    assert set(re.findall(rb"HTTP/1.1 (\d)", answer)) == {b"4"}
    assert web.request("GET", slot.path).status == 404


@pytest.mark.parametrize("path", [
    "/upload/../slot.key", "/upload/%2e%2e/slot.key", "/upload/..%2fslot.key",
    "/upload/%u002e%u002e/slot.key", "/upload/%252e%252e/slot.key",
    "/upload/..%5cslot.key", "/upload//slot.key", "/../../etc/passwd",
    "/upload/{id}/..%2f..%2fslot.key", "/upload/{id}/%00", "/upload/{id}/%ff",
    "/upload/{id}/%c0%ae", "/upload/{id}/a%", "/upload/{id}/a%2", "/upload/{id}",
    "/upload/{id}/", "/upload/{id}/a/b", "/upload/{id}/%61%2500",
    "/%75pload/{id}/a", "/upload/{upper}/a", "/UPLOAD/{id}/a"])
def test_no_path_leads_elsewhere(people, web, path):
    if not KEPT["path"]:
        slot = slot_of(people.online("romeo"), "a", 5)
        assert web.puts(slot, b"hello").status == 201
        KEPT["path"] = slot.path
    id = KEPT["path"].split("/")[2]
    wanted = path.format(id=id, upper="A" * 32)

    answer = web.raw(f"GET {wanted} HTTP/1.1\r\nHost: localhost\r\n"
                     "Connection: close\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 404"), answer[:200]


def test_a_name_is_decoded_once(people, web):
    slot = slot_of(people.online("romeo"), "100%25.txt", 5)
    assert "100%2525.txt" in slot.path
    assert web.puts(slot, b"hello").status == 201

    assert web.request("GET", slot.path).status == 200
    assert web.request("GET", slot.path.replace("%2525", "%25")).status == 404


@pytest.mark.parametrize("name, kept", [
    ("../../etc/passwd", "passwd"), ("a\\b.txt", "b.txt"), ("..", "file"),
    ("photo&#x202e;gpj.exe", "photo_gpj.exe"), ("a&#x9;b", "a_b"),
    ("x" * 300 + ".tar", "x" * 196 + ".tar")])
def test_names_are_ours(people, name, kept):
    slot = slot_of(people.online("romeo"), name, 5)

    assert urllib.parse.unquote(slot.path.split("/")[-1]) == kept


def test_nonsense_costs_the_connection_alone(suite, people, web):
    before = suite.pids("webd")

    for nonsense in (b"\0" * 5000, b"\x16\x03\x01", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                     b"PUT " + b"x" * 100_000, b"GET / HTTP/1.1\r\n"
                     + b"A: b\r\n" * 20_000 + b"\r\n"):
        web.raw(nonsense, wait=False)
        with socket.create_connection(("127.0.0.1",
                                       suite.port("HTTPS"))) as plain:
            plain.sendall(nonsense)

    assert web.request("GET", "/healthz").content == b"ok\n"
    assert suite.pids("webd") == before


# --- deaths --------------------------------------------------------------------------

def test_who_leaves_in_the_middle_leaves_nothing(suite, people, web):
    slot = slot_of(people.online("romeo"), "a", 1000)
    with web.socket() as sock:
        sock.sendall(head(slot, "Content-Length: 1000") + b"x" * 999)
        waits_until(lambda: slot.path.split("/")[2] in incoming_of(suite))

    waits_until(lambda: slot.path.split("/")[2] not in incoming_of(suite))
    assert web.request("GET", slot.path).status == 404
    assert web.puts(slot, b"y" * 1000).status == 201


def test_a_killed_webd_serves_no_half_and_loses_no_whole(own_suite, crowd_of):
    suite = own_suite(users=("romeo",))
    romeo = crowd_of(suite).login("romeo")
    web = Web(suite)
    whole, half = slot_of(romeo, "whole", 5), slot_of(romeo, "half", 1000)
    id = half.path.split("/")[2]
    assert web.puts(whole, b"hello").status == 201
    with web.socket() as sock:
        sock.sendall(head(half, "Content-Length: 1000") + b"x" * 999)
        waits_until(lambda: id in incoming_of(suite))
        suite.kill_one("webd")

        def answers():
            try:
                return web.request("GET", whole.path).content == b"hello"
            except OSError:
                return False
        waits_until(answers)
        assert incoming_of(suite) == []
        assert web.request("GET", half.path).status == 404

    # The slot has outlived the process; the used one stays used.
    assert web.puts(half, b"y" * 1000).status == 201
    assert web.puts(whole, b"hello").status == 409
    slot_of(romeo)


# --- limits ----------------------------------------------------------------------------

def retry_of(answer):
    return answer.find(f".//{NS}retry")


def test_quotas(own_suite, crowd_of):
    suite = own_suite(users=("romeo", "juliet", "tybalt"), settings={
        "webd.user-quota": 1000, "webd.user-daily-quota": 1500,
        "webd.total-quota": 1900, "webd.slots-per-minute": 6})
    crowd, web = crowd_of(suite), Web(suite)
    romeo, juliet = crowd.login("romeo"), crowd.login("juliet")

    def told(answer):
        return error_of(answer), retry_of(answer) is not None

    assert told(asks(romeo, size=1001)) == ("not-acceptable", False)
    first, second = slot_of(romeo, size=600), slot_of(romeo, size=600)
    assert web.puts(first, b"x" * 600).status == 201
    assert web.puts(second, b"x" * 600).status == 413
    assert told(asks(romeo, size=600)) == ("resource-constraint", True)
    assert web.puts(slot_of(romeo, size=400), b"x" * 400).status == 201
    third = slot_of(juliet, size=900)
    assert web.puts(third, b"x" * 900).status == 201
    assert told(asks(crowd.login("tybalt"), size=100)) == (
        "resource-constraint", False)  # all together
    for _ in range(6):
        last = asks(romeo, size=1)
    assert told(last) == ("resource-constraint", True)
    assert "too many" in "".join(last.itertext())


def test_files_expire(own_suite, crowd_of):
    suite = own_suite(users=("romeo",), settings={"webd.file-lifetime": 4})
    romeo, web = crowd_of(suite).login("romeo"), Web(suite)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    message = slot_of(romeo, "a")
    profile = slot_of(romeo, "b", purpose=f"<profile xmlns='{PURPOSE}'/>")
    ephemeral = slot_of(romeo, "c", purpose=(
        f"<ephemeral xmlns='{PURPOSE}' expire-before='{soon}'/>"))
    for slot in (message, profile, ephemeral):
        assert web.puts(slot, b"hello").status == 201

    waits_until(lambda: web.request("GET", ephemeral.path).status == 404)
    assert web.puts(ephemeral, b"hello").status == 403
    waits_until(lambda: web.request("GET", message.path).status == 404)
    assert web.request("GET", profile.path).status == 200
    waits_until(lambda: files_of(suite) == [profile.path.split("/")[2]], 30)
    assert "file-expired" in log_of(suite)


def test_slow_clients_and_too_many_are_let_go(own_suite, crowd_of):
    suite = own_suite(users=("romeo",), settings={
        "webd.request-timeout": 1, "webd.min-rate": 1000,
        "webd.max-connections-per-address": 4})
    romeo, web = crowd_of(suite).login("romeo"), Web(suite)
    slot = slot_of(romeo, "a", 2000)

    silent, slow_head, slow_body = web.socket(), web.socket(), web.socket()
    slow_head.sendall(b"GET /healthz HTTP/1.1\r\nHos")
    slow_body.sendall(head(slot, "Content-Length: 2000") + b"x")
    waits_until(lambda: slot.path.split("/")[2] in incoming_of(suite))
    extra = [socket.create_connection(("127.0.0.1", suite.port("HTTPS")))
             for _ in range(2)]
    extra[1].settimeout(10)
    assert extra[1].recv(1) == b""  # the fifth

    for sock in (silent, slow_head, slow_body):
        try:
            assert b"201" not in sock.recv(4096)
        except (ConnectionError, ssl.SSLError):
            pass
        sock.close()
    for sock in extra:
        sock.close()
    waits_until(lambda: incoming_of(suite) == [])
    assert log_of(suite).count("too-slow") >= 3
    assert web.request("GET", "/healthz").status == 200


# --- the scanner ---------------------------------------------------------------------

class Clamd(threading.Thread):
    """Says FOUND to what has "virus" in it, and nothing when it is dumb."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.is_dumb = False
        self.seen = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        os.chmod(path, 0o777)
        self.listener.listen()

    def run(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with sock, sock.makefile("rb") as stream:
                self.judge(sock, stream)

    def judge(self, sock, stream):
        assert stream.read(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(stream.read(4), "big"):
            content += stream.read(size)
        self.seen.append(content)
        if not self.is_dumb:
            sock.sendall(b"stream: Evil-1 FOUND\0" if b"virus" in content
                         else b"stream: OK\0")


@pytest.fixture
def open_folder():
    """Webd's user has to get in."""
    with tempfile.TemporaryDirectory(prefix="posthouse-clamd-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.mark.parametrize("fails, status", [("refuse", 503), ("pass", 201)])
def test_the_scanner_judges_each_file(own_suite, crowd_of, open_folder, fails,
                                      status):
    path = open_folder / "clamd.sock"
    scanner = Clamd(path)
    scanner.start()
    suite = own_suite(users=("romeo",), settings={
        "webd.scanner": path, "webd.scanner-fails": fails})
    romeo, web = crowd_of(suite).login("romeo"), Web(suite)
    clean, evil, unseen = (slot_of(romeo, name, 100_000) for name in "abc")

    assert web.puts(clean, b"x" * 100_000).status == 201
    answer = web.puts(evil, b"virus" * 20_000)
    scanner.is_dumb = True
    unjudged = web.puts(unseen, b"x" * 100_000)
    scanner.listener.close()

    assert scanner.seen[0] == b"x" * 100_000
    assert answer.status == 422
    assert web.request("GET", evil.path).status == 404
    assert unjudged.status == status
    assert web.request("GET", unseen.path).status == (
        404 if status == 503 else 200)
    assert "upload-infected" in log_of(suite) and "Evil-1" in log_of(suite)
    assert incoming_of(suite) == []


# --- clients and numbers ----------------------------------------------------------------

def test_slixmpp_uploads(suite, people, monkeypatch, tmp_path):
    import slixmpp
    monkeypatch.setenv("SSL_CERT_FILE", suite.env["PH_CA_FILE"])
    name = people.account("romeo")
    file = tmp_path / "letter.txt"
    file.write_bytes(b"But soft!" * 10_000)

    async def story():
        client = slixmpp.ClientXMPP(f"{name}@localhost", PASSWORD)
        client.register_plugin("xep_0363")
        # Its own search for the service fails on Python 3.11.
        client["xep_0363"].upload_service = slixmpp.JID(SERVICE)
        client.ca_certs = suite.env["PH_CA_FILE"]
        done = asyncio.get_running_loop().create_future()

        async def start(_):
            try:
                done.set_result(
                    await client["xep_0363"].upload_file(str(file), timeout=20))
            except Exception as error:
                done.set_exception(error)
        client.add_event_handler("session_start", start)
        client.connect(("127.0.0.1", suite.port("C2S")))
        try:
            return await asyncio.wait_for(done, 30)
        finally:
            await client.disconnect()

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    url = loop.run_until_complete(story())

    answer = Web(suite).request("GET", urllib.parse.urlsplit(url).path)
    assert answer.content == file.read_bytes()


def test_numbers_are_told_where_it_is_wanted_alone(suite, web):
    assert "PH_METRICS_PORT" not in suite.env
    assert web.request("GET", "/metrics").status == 404


def test_prometheus_gets_every_daemons_numbers(own_suite, crowd_of):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    suite = own_suite(users=("romeo",), settings={"webd.metrics-port": port})
    crowd_of(suite).login("romeo")

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    text = answer.read().decode()

    assert answer.status == 200
    for daemon in ("routerd", "c2sd", "authd", "sm", "mucd", "compd", "s2sd",
                   "proxy65d", "webd"):
        assert f'posthouse_{daemon}_up{{instance="0"}} 1' in text, daemon
    assert 'posthouse_c2sd_sessions{instance="0"} 1' in text
    assert "# TYPE posthouse_webd_files gauge" in text
    assert Web(suite).request("GET", "/metrics").status == 404


def test_certificates_are_read_again(suite, web):
    """What a handshake shows is the file's, before and after."""
    pid, = suite.pids("webd")
    os.kill(pid, 1)
    waits_until(lambda: "reloaded" in log_of(suite))

    with web.socket() as sock:
        shown = ssl.DER_cert_to_PEM_cert(sock.getpeercert(True))
    assert shown.split() == Path(suite.env["PH_CA_FILE"]).read_text().split()
