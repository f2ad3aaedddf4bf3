"""Administration by programs: HTTP, a token, JSON (docs/api.md)."""
import http.client
import itertools
import json
import os
import re
import signal
import ssl
import subprocess
import threading
import time
from urllib.parse import quote

import pytest

from suite import PASSWORD, ROOT, Suite, free_base_port
from test_departments import Office
from test_supervise import as_root_only
from test_taken_over import lies
from xmpp import Refused, StreamClosed, error_of

AS_ROOT = "root@localhost"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def company():
    port = free_base_port()
    with Suite(sm=2, users=("root",),
               settings={"admins": '{"root@localhost"}',
                         "webd.api-port": port}) as suite:
        yield suite


@pytest.fixture
def office(company, crowd_of):
    return Office(company, crowd_of(company))


class Api:
    def __init__(self, suite, token):
        self.port, self.token = suite.port("API"), token

    def raw(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=timeout)
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            given["Content-Type"] = "application/json"
        connection.request(method, f"/api/v1/{path}", body,
                           {**given, **(headers or {})})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.getheader("Content-Type") == "application/json", text
        assert answer.getheader("Access-Control-Allow-Origin") is None
        return answer, json.loads(text)

    def ask(self, method, path, **body):
        answer, said = self.raw(method, path, json.dumps(body) if body else None)
        return answer.status, said

    def get(self, path):
        status, said = self.ask("GET", path)
        assert status == 200, said
        return said

    def do(self, method, path, **body):
        status, said = self.ask(method, path, **body)
        assert status in (200, 201, 202), said
        return said

    def refused(self, method, path, status, condition, **body):
        got, said = self.ask(method, path, **body)
        assert (got, said["error"]["condition"]) == (status, condition), said
        return said["error"]["text"]


def token(suite, name, by=AS_ROOT, *words):
    return suite.ctl("api", "add", name, "--as", by, *words).stdout.strip()


@pytest.fixture
def root(company):
    name = f"root-{next(_numbers)}"
    yield Api(company, token(company, name))
    company.ctl("api", "del", name, check=False)


def person(office, name, department=None):
    jid = f"{office.people.account(name)}@localhost"
    if department:
        office.suite.ctl("department", "member", "add", department, jid)
    return jid


def logs_in(office, jid, password=PASSWORD):
    try:
        office.people.login(jid.split("@")[0], password=password)
    except Refused:
        return False
    return True


# --- tokens -------------------------------------------------------------------
def test_the_commands_are_listed_with_their_fields(root):
    commands = {c["name"]: c for c in root.get("commands")["commands"]}
    assert {"add-user", "announce", "list-users", "send-message"} <= set(commands)
    field = commands["add-user"]["fields"][0]
    assert (field["name"], field["required"]) == ("accountjid", True)
    assert root.get("commands/add-user") == commands["add-user"]
    root.refused("GET", "commands/fly", 404, "item-not-found")


def test_any_command_is_run_by_its_name(office, root):
    jid = person(office, "anna")
    said = root.do("POST", "commands/user-stats", accountjid=jid)
    assert said["status"] == "completed"
    assert said["fields"]["onlineresources"] == []
    assert "fields" in root.do("POST", "commands/get-online-users-num")
    said = root.do("POST", "commands/disable-user", accountjids=[jid])
    assert said["notes"] == ["Done"]
    root.refused("POST", "commands/fly", 404, "item-not-found")
    assert "accountjids" in root.refused("POST", "commands/disable-user", 400,
                                         "bad-request")
    assert "nonsense" in root.refused("POST", "commands/disable-user", 400,
                                      "bad-request", accountjids=[jid],
                                      nonsense="x")


@pytest.mark.parametrize("wrong", [
    None, "x", "phapi_00_" + "a" * 43, "phapi_3f_" + "Z" * 43,
    "phapi_40_" + "a" * 43])
def test_a_wrong_token_is_nobodys(company, wrong):
    api = Api(company, wrong)
    api.refused("GET", "users", 401, "not-authorized")
    answer, _ = api.raw("GET", "users")
    assert answer.getheader("WWW-Authenticate").startswith("Bearer")


def test_a_token_ends(company, root):
    mortal = Api(company, token(company, "mortal", AS_ROOT, "--expires", "1"))
    mortal.get("users")
    listed = {t["name"]: t for t in json.loads(
        company.ctl("--json", "api", "list").stdout)}
    assert listed["mortal"]["administrator"] == AS_ROOT
    assert listed["mortal"]["used"]
    assert mortal.token not in json.dumps(listed)

    company.sql("UPDATE api_token SET expires = now() WHERE name = 'mortal'")
    mortal.refused("GET", "users", 401, "not-authorized")
    company.sql("UPDATE api_token SET expires = NULL WHERE name = 'mortal'")
    mortal.get("users")
    company.ctl("api", "del", "mortal")
    mortal.refused("GET", "users", 401, "not-authorized")
    root.get("users")


def test_the_database_has_no_token(company, root):
    rows = company.sql("SELECT * FROM api_token")
    assert root.token not in rows and root.token[9:] not in rows


def test_what_is_wrong_with_a_token_is_told(company, root):
    def challenge(api, path="users", **headers):
        answer, _said = api.raw("GET", path, headers=headers)
        return answer.getheader("WWW-Authenticate")

    assert challenge(root) is None
    assert challenge(Api(company, None)) == 'Bearer realm="posthouse"'
    assert 'error="invalid_token"' in challenge(Api(company, "phapi_no"))
    narrow = Api(company, token(company, "narrow", AS_ROOT, "--command", "announce"))
    assert 'error="insufficient_scope"' in challenge(narrow)
    company.ctl("api", "del", "narrow")


def test_a_token_is_for_commands_that_there_are(company):
    for wrong in ("list-user", "hours", "List-Users", ""):
        refused = company.ctl("api", "add", "typo", "--as", AS_ROOT,
                              "--command", wrong, check=False)
        assert refused.returncode == 1 and "--command" in refused.stderr


def test_methods_are_those_of_the_standard(root):
    connection = http.client.HTTPConnection("127.0.0.1", root.port, timeout=60)
    connection.request("HEAD", "/api/v1/users", headers={
        "Authorization": f"Bearer {root.token}"})
    head = connection.getresponse()
    assert (head.status, head.read()) == (200, b"")
    assert int(head.getheader("Content-Length")) > 2
    connection.close()
    answer, _said = root.raw("PUT", "users/root%40localhost", "{}")
    assert answer.status == 405
    assert answer.getheader("Allow") == "GET, HEAD, DELETE, PATCH"


def test_texts_are_in_the_askers_language(root):
    def said(method, path, body=None):
        return root.raw(method, path, body, {"Accept-Language": "zh-CN"})[1]

    for method, path, body in (("GET", "nowhere", None), ("POST", "users", "[]"),
                               ("GET", "users/nobody%40localhost", None),
                               ("PUT", "properties/room", '{"value": "x"}')):
        text = said(method, path, body)["error"]["text"]
        assert re.search("[\u4e00-\u9fff]", text), text
    titles = [c["title"] for c in said("GET", "commands")["commands"]]
    assert all(re.search("[\u4e00-\u9fff]", title) for title in titles)


def test_a_token_is_for_what_it_names(company, office):
    api = Api(company, token(company, "reader", AS_ROOT,
                             "--command", "list-users", "--command", "show-user"))
    jid = person(office, "anna")
    api.get("users")
    api.get(f"users/{jid}")
    api.refused("DELETE", f"users/{jid}", 403, "forbidden")
    api.refused("POST", "commands/announce", 403, "forbidden",
                announcement="x")
    assert {c["name"] for c in api.get("commands")["commands"]} == {
        "list-users", "show-user"}
    company.ctl("api", "del", "reader")


def test_tokens_are_administrators(company, office):
    jid = person(office, "anna")
    assert company.ctl("api", "add", "x", "--as", jid,
                       check=False).returncode == 1
    company.ctl("admin", "add", jid)
    api = Api(company, token(company, "annas", jid))
    api.get("users")
    company.ctl("user", "disable", jid)
    api.refused("GET", "users", 401, "not-authorized")
    company.ctl("user", "enable", jid)
    company.ctl("admin", "del", jid)
    for _ in range(50):
        status, _said = api.ask("GET", "users")
        if status == 403:
            break
        time.sleep(0.1)
    assert status == 403
    company.ctl("user", "del", jid)
    api.refused("GET", "users", 401, "not-authorized")


# --- users --------------------------------------------------------------------
def test_a_user_from_birth_to_death(office, root):
    jid = f"{office.people.name('new')}@localhost"
    root.do("POST", "users", jid=jid, password=PASSWORD, name="Nina New",
            email="nina@example.org")
    shown = root.get(f"users/{jid}")
    assert (shown["jid"], shown["name"], shown["email"], shown["enabled"]) == (
        jid, "Nina New", "nina@example.org", True)
    assert logs_in(office, jid)

    root.do("PATCH", f"users/{jid}", name="Nina Newer", enabled=False)
    assert not logs_in(office, jid)
    shown = root.get(f"users/{quote(jid, safe='')}")
    assert (shown["name"], shown["email"], shown["enabled"]) == (
        "Nina Newer", "nina@example.org", False)
    root.do("PATCH", f"users/{jid}", password="quite another one", enabled=True)
    assert logs_in(office, jid, "quite another one")

    root.do("DELETE", f"users/{jid}")
    root.refused("GET", f"users/{jid}", 404, "item-not-found")


def test_mistakes_about_users_are_told(office, root):
    jid = person(office, "anna")
    root.refused("POST", "users", 409, "conflict", jid=jid, password=PASSWORD)
    root.refused("POST", "users", 400, "not-acceptable", jid=f"x{jid}",
                 password="x")
    assert "accountjid" in root.refused("POST", "users", 400, "bad-request",
                                        password=PASSWORD)
    assert "age" in root.refused("POST", "users", 400, "bad-request", jid=jid,
                                 password=PASSWORD, age=3)
    root.refused("POST", "users", 404, "item-not-found", jid="x@elsewhere",
                 password=PASSWORD)
    root.refused("PATCH", f"users/{jid}", 400, "bad-request")
    root.refused("PATCH", f"users/{jid}", 400, "bad-request", enabled="no")
    root.refused("PATCH", f"users/{jid}", 400, "not-acceptable", email="none")
    for method in ("GET", "DELETE"):
        root.refused(method, "users/nobody@localhost", 404, "item-not-found")
    root.refused("PATCH", "users/nobody@localhost", 404, "item-not-found",
                 name="x")
    root.refused("PUT", f"users/{jid}", 405, "not-allowed")


def test_users_are_found_in_pages(office, root):
    sales = office.department("sales")
    north = office.department("north", sales)
    people = sorted([person(office, f"p{i}", north) for i in range(5)]
                    + [person(office, "top", sales)])
    root.do("PATCH", f"users/{people[0]}", enabled=False)

    seen, after = [], ""
    while after is not None:
        page = root.get(f"users?department={quote(sales)}&limit=2"
                        f"&after={quote(after)}")
        seen += [u["jid"] for u in page["items"]]
        after = page.get("next")
    assert sorted(seen) == people
    found = root.get(f"users?department={quote(sales)}&state=disabled")
    assert [u["jid"] for u in found["items"]] == [people[0]]
    assert found["items"][0]["enabled"] is False
    name = people[1].split("@")[0]
    assert people[1] in [u["jid"] for u in
                         root.get(f"users?search={name}")["items"]]
    assert root.get("users?search=100%25_no")["items"] == []
    root.refused("GET", "users?state=asleep", 400, "bad-request")
    root.refused("GET", "users?department=nowhere", 404, "item-not-found")
    root.refused("GET", "users?colour=red", 400, "bad-request")
    root.refused("GET", "users?search=%ff", 400, "bad-request")


# --- departments --------------------------------------------------------------
def add_department(root, name, **more):
    root.do("POST", "departments", name=name, **more)
    path = f"{more['parent']}/{name}" if "parent" in more else name
    return next(d for d in all_departments(root) if d["path"] == path)


def all_departments(root):
    found, after = [], ""
    while after is not None:
        page = root.get(f"departments?limit=50&after={quote(after)}")
        found += page["items"]
        after = page.get("next")
    return found


def test_departments_and_their_members(office, root):
    name = office.people.name("dep")
    above = add_department(root, name, rank=3, description="All of it")
    assert (above["rank"], above["description"]) == ("3", "All of it")
    below = add_department(root, "East", parent=name)
    jid = person(office, "anna")
    members = f"departments/{below['id']}/members"

    root.do("POST", members, jid=jid, admin=True, main=True)
    assert [(m["jid"], m["admin"], m["main"]) for m in
            root.get(members)["items"]] == [(jid, True, True)]
    assert root.get(f"users/{jid}")["departments"] == [f"{name}/East"]
    assert root.get(f"users/{jid}")["administers"] == [f"{name}/East"]
    assert root.get(f"departments/{below['id']}")["members"] == "1"
    root.do("PATCH", f"departments/{below['id']}", name="West", parent="")
    assert root.get(f"departments/{below['id']}")["path"] == "West"
    root.do("PATCH", f"departments/{below['id']}", parent=name)
    root.refused("DELETE", f"departments/{above['id']}", 409, "conflict")
    root.refused("PATCH", f"departments/{above['id']}", 409, "conflict",
                 parent=f"{name}/West")
    root.do("DELETE", f"{members}/{jid}")
    root.refused("DELETE", f"{members}/{jid}", 404, "item-not-found")
    root.do("DELETE", f"departments/{below['id']}")
    root.do("DELETE", f"departments/{above['id']}")


def test_mistakes_about_departments_are_told(office, root):
    sales = office.department("sales")
    number = next(d["id"] for d in all_departments(root) if d["path"] == sales)
    root.refused("POST", "departments", 409, "conflict", name=sales)
    root.refused("POST", "departments", 400, "bad-request")
    root.refused("POST", "departments", 404, "item-not-found", name="x",
                 parent="nowhere")
    root.refused("POST", "departments", 400, "bad-request", name="x",
                 rank="high")
    for method in ("GET", "DELETE"):
        root.refused(method, "departments/999999999", 404, "item-not-found")
    root.refused("GET", "departments/x", 404, "item-not-found")
    root.refused("POST", f"departments/{number}/members", 404,
                 "item-not-found", jid="nobody@localhost")


def test_properties_are_set_and_taken_back(office, root):
    sales = office.department("sales")
    number = next(d["id"] for d in all_departments(root) if d["path"] == sales)
    jid = person(office, "anna")
    for of in (f"users/{jid}/", f"departments/{number}/", ""):
        root.do("PUT", f"{of}properties/send-file", value="no")
        assert {"property": "send-file", "value": "no"} in root.get(
            f"{of}properties")["items"]
        root.refused("PUT", f"{of}properties/send-file", 400, "bad-request",
                     value="perhaps")
        root.do("DELETE", f"{of}properties/send-file")
        root.refused("DELETE", f"{of}properties/send-file", 404,
                     "item-not-found")
    root.refused("PUT", "users/nobody@localhost/properties/x", 404,
                 "item-not-found", value="y")


# --- sessions, messages ---------------------------------------------------------
def test_sessions_are_shown_and_ended(office, root):
    anna = office.online("anna")
    assert root.get(f"sessions?jid={anna.bare}")["items"] == [
        {"jid": anna.jid, "ip": "127.0.0.1"}]
    assert anna.jid in [s["jid"] for s in root.get("sessions")["items"]]
    root.do("DELETE", f"sessions/{quote(anna.jid, safe='')}")
    with pytest.raises(StreamClosed):
        while True:
            anna.next()
    assert root.get(f"sessions?jid={anna.bare}")["items"] == []


def test_programs_tell_people(company, office, root):
    sales = office.department("sales")
    anna, bert = office.colleagues(sales, "anna", "bert")
    away = person(office, "away")

    root.do("POST", "messages", to=anna.bare, body="The build is done",
            type="chat", subject="Builds")
    anna.receives("The build is done", AS_ROOT)
    root.do("POST", "messages", to=away, body="Later")
    office.people.login(away.split("@")[0]).comes_online().receives("Later")
    root.do("POST", "messages", to=f"{sales}@broadcast.localhost",
            body="To all of us")
    for one in (anna, bert):
        one.receives("To all of us")

    root.refused("POST", "messages", 404, "item-not-found",
                 to="nobody@localhost", body="x")
    root.refused("POST", "messages", 403, "forbidden",
                 to="nowhere@broadcast.localhost", body="x")
    for wrong in ({"to": anna.bare}, {"body": "x"},
                  {"to": "a@elsewhere", "body": "x"},
                  {"to": anna.bare, "body": "x", "type": "error"}):
        root.refused("POST", "messages", 400, "bad-request", **wrong)


# --- a department's administrator ----------------------------------------------
def test_a_department_administrator_has_his_part(company, office):
    sales, labs = office.department("sales"), office.department("labs")
    boss = person(office, "boss")
    anna, dora = person(office, "anna", sales), person(office, "dora", labs)
    company.ctl("department", "member", "add", sales, boss, "--admin")
    api = Api(company, token(company, f"boss-{sales}", boss))

    wait_for(lambda: api.ask("GET", "users")[0] == 200)
    assert sorted(u["jid"] for u in api.get("users")["items"]) == sorted(
        [anna, boss])
    departments = api.get("departments")["items"]
    assert [d["path"] for d in departments] == [sales]
    api.do("PATCH", f"users/{anna}", name="Anna")
    name = office.people.name("new")
    api.do("POST", "users", jid=f"{name}@localhost", password=PASSWORD,
           department=sales)
    assert api.get(f"users/{name}@localhost")["departments"] == [sales]

    other = department_number(company, labs)
    for method, path, body in (
            ("GET", f"users/{dora}", {}),
            ("PATCH", f"users/{dora}", {"name": "x"}),
            ("DELETE", f"users/{dora}", {}),
            ("GET", f"sessions?jid={dora}", {}),
            ("DELETE", f"sessions/{dora}", {}),
            ("GET", f"users?department={labs}", {}),
            ("GET", f"departments/{other}", {}),
            ("GET", f"departments/{other}/members", {}),
            ("POST", f"departments/{other}/members", {"jid": anna}),
            ("POST", f"departments/{departments[0]['id']}/members",
             {"jid": dora}),
            ("POST", f"departments/{departments[0]['id']}/members",
             {"jid": anna, "admin": True}),
            ("POST", "departments", {"name": "mine"}),
            ("DELETE", f"departments/{departments[0]['id']}", {}),
            ("PUT", "properties/send-file", {"value": "no"}),
            ("PUT", f"users/{anna}/properties/broadcast", {"value": "yes"}),
            ("POST", "commands/set-motd", {"motd": "x"}),
            ("POST", "commands/announce", {"announcement": "x"}),
            ("POST", "users", {"jid": f"x{name}@localhost",
                               "password": PASSWORD, "department": labs})):
        api.refused(method, path, 403, "forbidden", **body)
    assert "labs" not in json.dumps(api.get("commands"))


def department_number(company, path):
    return company.sql(
        f"SELECT id FROM department WHERE path = '{path}'").strip()


def wait_for(is_true):
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


# --- what strangers and broken programs send --------------------------------------
@pytest.mark.parametrize("body, part", [
    (b"{", "no JSON"), (b"[]", "object"), (b'{"to": {"a": 1}}', "to:"),
    (b'{"to": 1.5}', "to:"), (b'{"to": "a", "to": "b"}', "no JSON"),
    (b"[" * 100000, "deep"), (b'{"to": "\\u0000"}', "JSON"),
    (b'{"to": "\\u0001"}', "characters"), (b"\xff", "JSON"),
    (json.dumps({"to": ["x"] * 1001}).encode(), "at most")])
def test_a_wrong_body_is_told(root, body, part):
    answer, said = root.raw("POST", "messages", body)
    assert (answer.status, said["error"]["condition"]) == (400, "bad-request")
    assert part in said["error"]["text"]


def test_what_is_too_large_or_no_json_is_refused(root):
    answer, said = root.raw("POST", "messages", b" " * (256 * 1024 + 1))
    assert answer.status == 413 and said["error"]
    answer, said = root.raw("POST", "messages", b"{}",
                            {"Content-Type": "text/plain"})
    assert answer.status == 415 and said["error"]


def test_the_door_is_no_other(company, root):
    root.refused("GET", "nothing", 404, "item-not-found")
    root.refused("GET", "users/a/b/c/d/e", 404, "item-not-found")
    connection = http.client.HTTPConnection("127.0.0.1", root.port, timeout=60)
    for path in ("/healthz", "/metrics", "/", "/api/v2/users"):
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 404
        assert json.loads(answer.read())["error"]["condition"]
    connection.request("OPTIONS", "/api/v1/users")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 405
    assert answer.getheader("Access-Control-Allow-Origin") is None


def test_tokens_do_not_cross_a_network_in_the_clear():
    suite = Suite(settings={"webd.api-port": free_base_port(),
                            "webd.api-listen": '{"0.0.0.0"}'})
    try:
        with pytest.raises(RuntimeError) as failed:
            suite.up()
        assert "webd.api-tls" in str(failed.value)
    finally:
        suite.down()


def test_with_tls_it_has_the_servers_certificate():
    port = free_base_port()
    with Suite(users=("root",), settings={"admins": '{"root@localhost"}',
                                          "webd.api-port": port,
                                          "webd.api-tls": "true",
                                          "webd.api-listen": '{"0.0.0.0"}'}
               ) as suite:
        trusted = ssl.create_default_context(cafile=suite.env["PH_CA_FILE"])
        connection = http.client.HTTPSConnection("localhost", port,
                                                 context=trusted, timeout=60)
        connection.request("GET", "/api/v1/users", headers={
            "Authorization": f"Bearer {token(suite, 'safe')}"})
        answer = connection.getresponse()
        assert [u["jid"] for u in json.loads(answer.read())["items"]] == [AS_ROOT]


def test_a_client_that_says_it_itself_is_not_understood(office, root):
    anna = office.online("anna")
    for payload in (f"<api xmlns='urn:posthouse:link:1' token='{root.token}'/>",
                    "<commands xmlns='urn:posthouse:admin:1'/>"):
        for kind in ("get", "set"):
            assert error_of(anna.iq(kind, payload, "localhost")) in (
                "service-unavailable", "feature-not-implemented")


# --- daemons that die, or lie ------------------------------------------------------
def test_what_is_asked_while_sm_dies_is_answered(company, office, root):
    """At once that sm is away, or when its successor is there."""
    jid = person(office, "anna")
    results = []

    def ask_on():
        until = time.monotonic() + 4
        while time.monotonic() < until:
            results.append(root.ask("PATCH", f"users/{jid}",
                                    name=f"name {len(results)}"))

    asking = threading.Thread(target=ask_on)
    asking.start()
    time.sleep(0.5)
    for pid in company.pids("sm"):
        os.kill(pid, signal.SIGKILL)
    asking.join()
    wait_for(lambda: root.ask("GET", "users")[0] == 200)

    assert {status for status, _ in results} <= {200, 503}
    done = [i for i, (status, _) in enumerate(results) if status == 200]
    assert done
    last = int(root.get(f"users/{jid}")["name"].split()[1])
    assert last >= done[-1]


def test_without_a_database_it_says_so(company, root):
    pids = company.pids("postgres")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    backends = stop_backends(pids)
    try:
        answer, said = root.raw("GET", "users", timeout=60)
    finally:
        for pid in backends + pids:
            os.kill(pid, signal.SIGCONT)
    assert answer.status == 503 and answer.getheader("Retry-After")
    assert said["error"]["condition"] == "remote-server-timeout"
    wait_for(lambda: root.ask("GET", "users")[0] == 200)


def stop_backends(pids):
    """Those that serve connections do it without their parent."""
    found = subprocess.run(["pgrep", "-P", ",".join(map(str, pids))],
                           capture_output=True, text=True).stdout.split()
    for pid in found:
        os.kill(int(pid), signal.SIGSTOP)
    return [int(pid) for pid in found]


@as_root_only
def test_a_webd_that_is_taken_over_has_no_power(company, office, root):
    """It invents tokens, speaks for administrators, and asks another sm than that
    of the token's administrator."""
    jid = person(office, "anna")
    command = ("<iq xmlns='jabber:client' type='set' id='1' "
               "from='root@localhost'><command "
               "xmlns='http://jabber.org/protocol/commands' node='delete-user'>"
               "<x xmlns='jabber:x:data' type='submit'><field "
               f"var='accountjids'><value>{jid}</value></field></x></command></iq>")

    def asks(word):
        return f"<api xmlns='urn:posthouse:link:1' token='{word}'>{command}</api>"

    shard = int(root.token[6:8], 16)
    steps = [[f"sm/{s}", 7, 0, asks(f"phapi_{s:02x}_" + "A" * 43)]
             for s in range(64)]
    steps += [[f"sm/{s}", 8, 0, asks(root.token)]
              for s in range(64) if s != shard]
    steps += [["sm/0", 9, 0, command], ["sm/0", 9, 0, asks("' x='")],
              ["auth/0", 9, 0,
               "<administer xmlns='urn:posthouse:link:1' do='remove' "
               f"by='root@localhost' jid='{jid}'>{command}</administer>"]]

    got = lies(company, "posthouse-web", "web/9", steps)

    answers = [b for _, sid, b in got if sid in ("7", "8")]
    assert len(answers) == 127
    assert all("<not-authorized" in b or "<resource-constraint" in b
               for b in answers)
    assert not any("completed" in b for _, _, b in got)
    assert logs_in(office, jid)
    assert root.get("users")["items"]


def test_a_name_is_one_tokens_alone(company):
    token(company, "twice")

    again = company.ctl("api", "add", "twice", "--as", AS_ROOT, check=False)

    company.ctl("api", "del", "twice")
    assert again.returncode == 1 and again.stdout == ""
    assert again.stderr == "posthousectl: there is a token twice already\n"


# --- what the manual says ------------------------------------------------------------
def examples():
    text = (ROOT / "docs" / "api.md").read_text()
    return re.findall(r"^    (curl .*(?:\n        .*)*)", text, re.M)


def test_the_examples_of_the_manual_work(company, office, root):
    """One behind the other: each has what those before it have made."""
    environment = {"API": f"http://127.0.0.1:{root.port}/api/v1",
                   "TOKEN": root.token, "PATH": os.environ["PATH"]}
    assert len(examples()) > 10
    for example in examples():
        result = subprocess.run(["bash", "-c", example + " -w '\\n%{http_code}'"],
                                capture_output=True, text=True, timeout=60,
                                env=environment)
        body, _, code = result.stdout.rpartition("\n")
        assert code in ("200", "201", "202"), (example, result.stdout)
        environment.update(ID=str(number_in(body, environment.get("ID"))))


def number_in(body, before):
    """The number of a department that was shown."""
    said = json.loads(body)
    items = said.get("items") or []
    return items[0].get("id", before) if items else before
