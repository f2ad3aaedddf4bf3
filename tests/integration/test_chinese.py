"""Whoever speaks Chinese reads Chinese: errors, forms, commands, letters, search;
on a stream that says so, whatever dies meanwhile."""
import asyncio
import base64
import json
import os
import re
import signal
import subprocess

import pytest
from slixmpp.exceptions import IqError

from suite import BIN, PASSWORD
from test_clients import Person, conversation
from test_commands import COMMANDS, ask
from test_phchat import command, environment
from test_recovery import code_of, post, post_folder  # noqa: F401
from test_recovery import ask as forget
from test_stream_management import enable
from xmpp import CLIENT, STANZA_ERROR, STREAM, STREAM_ERROR, Client

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
CHINESE = re.compile("[\u4e00-\u9fff]")
DATA = "{jabber:x:data}"
REGISTER = "<query xmlns='jabber:iq:register'/>"
SEARCH = "<query xmlns='jabber:iq:search'/>"
MUC = "<x xmlns='http://jabber.org/protocol/muc'/>"


class Speaker(Client):
    """A client whose stream is in a language."""

    language = "zh-CN"

    def open(self, extra=""):
        said = f"xml:lang='{self.language}'" if self.language else ""
        return super().open(f"{extra} {said}")


@pytest.fixture
def speaks(suite):
    clients = []

    def connect(language="zh-CN", running=suite):
        client = Speaker(running)
        client.language = language
        clients.append(client)
        return client
    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def chinese(people, speaks):
    def online(like="user", language="zh-CN"):
        name = people.account(like)
        client = speaks(language).secure().plain(name, PASSWORD).bind()
        return client.comes_online()
    return online


def text_of(error):
    return error.find(f"{CLIENT}error/{STANZA_ERROR}text")


def labels(element):
    return [f.get("label") for f in element.iter(DATA + "field")
            if f.get("label")]


# --- before login -------------------------------------------------------------


def test_a_stream_answers_in_its_language(speaks):
    client = speaks()
    client.secure()
    assert client.root.get(LANG) == "zh"
    other = speaks("de")
    other.secure()
    assert other.root.get(LANG) == "en"


def test_registration_is_asked_for_in_chinese(speaks):
    client = speaks().secure()
    query = client.get(REGISTER)
    assert query.get(LANG) == "zh"
    assert CHINESE.search(query.findtext("{jabber:iq:register}instructions"))
    assert labels(query) == ["用户名", "密码", "电子邮件地址", "姓名"]
    refusal = client.iq("set", "<query xmlns='jabber:iq:register'>"
                               "<username>xiaoming</username>"
                               "<password>1</password></query>")
    assert text_of(refusal).text == "密码过短。"
    assert text_of(refusal).get(LANG) == "zh"


def test_the_stanzas_own_language_wins(speaks):
    client = speaks("zh-CN").secure()
    client.send_raw(f"<iq type='get' id='a' xml:lang='en'>{REGISTER}</iq>")
    answer = client.waits_for(lambda e: e.get("id") == "a")
    assert labels(answer) == ["User name", "Password", "E-mail address",
                              "Full name"]
    client = speaks("en").secure()
    client.send_raw(f"<iq type='get' id='b' xml:lang='zh-Hant'>{REGISTER}</iq>")
    answer = client.waits_for(lambda e: e.get("id") == "b")
    assert labels(answer)[0] == "用户名"


def test_other_languages_get_english(speaks):
    for language in ("de", "zha", None):
        query = speaks(language).secure().get(REGISTER)
        assert labels(query)[0] == "User name"
        assert query.get(LANG) is None


def test_the_end_of_a_stream_is_told_in_chinese(speaks):
    client = speaks().secure()
    client.send("a@localhost", "too early")
    error = client.next()
    assert error.tag == STREAM + "error"
    text = error.find(STREAM_ERROR + "text")
    assert text.text == "请先登录" and text.get(LANG) == "zh"


# --- behind it ----------------------------------------------------------------


def test_errors_are_told_in_chinese(chinese):
    xiaoming = chinese()
    answer = xiaoming.iq("set", "<query xmlns='jabber:iq:roster'>"
                                f"<item jid='{xiaoming.bare}'/></query>")
    assert text_of(answer).text == "这是您自己的地址"
    # a room's service is another daemon
    xiaoming.send("nowhere@conference.localhost", "hello", kind="groupchat")
    error = xiaoming.receives_error("item-not-found")
    assert text_of(error).text == "没有这个房间"
    assert text_of(error).get(LANG) == "zh"


def test_the_language_is_the_streams_after_a_resumption(people, chinese,
                                                        speaks):
    """Another stream, another language: nothing of it is remembered."""
    xiaoming = chinese()
    id = enable(xiaoming)
    name = xiaoming.bare.split("@")[0]
    xiaoming.sock.close()
    again = speaks("en").secure().plain(name, PASSWORD)
    again.open()
    again.send_raw(f"<resume xmlns='urn:xmpp:sm:3' h='0' previd='{id}'/>")
    again.waits_for(lambda e: e.tag.endswith("resumed"))
    again.jid = xiaoming.jid
    answer = again.iq("set", "<query xmlns='jabber:iq:roster'>"
                             f"<item jid='{again.bare}'/></query>")
    assert text_of(answer).text == "This is your own address"


def test_the_language_survives_the_death_of_sm(own_suite, speaks):
    suite = own_suite(users=("xiaoming",))
    client = speaks(running=suite).secure().plain("xiaoming", PASSWORD).bind()
    client.comes_online()
    os.kill(suite.pids("sm")[0], signal.SIGKILL)
    answer = client.iq("set", "<query xmlns='jabber:iq:roster'>"
                              f"<item jid='{client.bare}'/></query>",
                       timeout=30)
    assert text_of(answer).text == "这是您自己的地址"


def test_forms_are_in_chinese(chinese):
    xiaoming = chinese()
    form = xiaoming.get(SEARCH, "localhost")
    assert form.get(LANG) == "zh"
    assert form.findtext(f"{DATA}x/{DATA}title") == "用户搜索"
    assert labels(form)[:4] == ["用户名", "真实姓名", "电子邮件", "部门"]

    room = f"jia{xiaoming.bare.split('@')[0]}@conference.localhost"
    xiaoming.presence(to=f"{room}/小明", inside=MUC)
    xiaoming.receives_presence(f"{room}/小明")
    form = xiaoming.get("<query xmlns='http://jabber.org/protocol/muc#owner'/>",
                        room)
    shown = labels(form)
    assert "讨论所用语言" in shown and "所有所有者" in shown
    assert [t for t in shown if not CHINESE.search(t)] == []
    assert all(CHINESE.search(o.get("label")) for o in form.iter(DATA + "option"))
    xiaoming.set("<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                 "<publish node='urn:x:y'><item id='1'><a xmlns='urn:x:y'/>"
                 "</item></publish></pubsub>")
    form = xiaoming.get(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>"
        "<configure node='urn:x:y'/></pubsub>")
    assert labels(form) and all(CHINESE.search(t) for t in labels(form))


def test_what_people_wrote_themselves_stays_as_it_is(chinese, people):
    """Labels are ours, values are theirs."""
    xiaoming = chinese()
    room = f"yi{xiaoming.bare.split('@')[0]}@conference.localhost"
    xiaoming.presence(to=f"{room}/Nickname", inside=MUC)
    xiaoming.receives_presence(f"{room}/Nickname")
    xiaoming.set("<query xmlns='http://jabber.org/protocol/muc#owner'>"
                 "<x xmlns='jabber:x:data' type='submit'>"
                 "<field var='FORM_TYPE'><value>http://jabber.org/protocol/"
                 "muc#roomconfig</value></field>"
                 "<field var='muc#roomconfig_roomname'><value>Departments"
                 "</value></field></x></query>", room)
    info = xiaoming.get(
        "<query xmlns='http://jabber.org/protocol/disco#info'/>", room)
    identity = info.find("{http://jabber.org/protocol/disco#info}identity")
    assert identity.get("name") == "Departments"


def test_a_room_asks_its_moderators_in_its_language(chinese, people):
    boss = people.online("boss")
    room = f"bing{boss.bare.split('@')[0]}@conference.localhost"
    boss.presence(to=f"{room}/boss", inside=MUC)
    boss.receives_presence(f"{room}/boss")
    boss.set("<query xmlns='http://jabber.org/protocol/muc#owner'>"
             "<x xmlns='jabber:x:data' type='submit'>"
             "<field var='FORM_TYPE'><value>http://jabber.org/protocol/"
             "muc#roomconfig</value></field>"
             "<field var='muc#roomconfig_moderatedroom'><value>1</value></field>"
             "<field var='muc#roomconfig_lang'><value>zh</value></field>"
             "</x></query>", room)
    visitor = people.online("visitor")
    visitor.presence(to=f"{room}/v", inside=MUC)
    visitor.receives_presence(f"{room}/v")
    visitor.send_raw(f"<message to='{room}'><x xmlns='jabber:x:data' "
                     "type='submit'><field var='FORM_TYPE'><value>http://"
                     "jabber.org/protocol/muc#request</value></field>"
                     "<field var='muc#role'><value>participant</value></field>"
                     "</x></message>")
    asked = boss.waits_for(lambda e: e.find(f"{DATA}x/{DATA}title") is not None)
    assert asked.findtext(f"{DATA}x/{DATA}title") == "发言权请求"
    assert asked.get(LANG) == "zh"


def test_commands_are_in_chinese(own_suite, speaks):
    suite = own_suite(users=("root", "xiaoming"),
                      settings={"admins": '{"root@localhost"}'})
    root = speaks(running=suite).secure().plain("root", PASSWORD).bind()
    root.comes_online()
    items = root.get("<query xmlns='http://jabber.org/protocol/disco#items' "
                     f"node='{COMMANDS}'/>", "localhost")
    assert all(CHINESE.search(i.get("name")) for i in items)
    form = ask(root, "add-user")
    assert form.findtext(f".//{DATA}title") == "添加用户"
    assert all(CHINESE.search(t) for t in labels(form))
    done = root.set(
        f"<command xmlns='{COMMANDS}' node='http://jabber.org/protocol/admin"
        "#end-user-session'><x xmlns='jabber:x:data' type='submit'>"
        "<field var='accountjids'><value>xiaoming@localhost</value></field></x>"
        "</command>", "localhost")
    note = done.find(f"{{{COMMANDS}}}note")
    assert note.text == "已结束 0 个会话" and note.get(LANG) == "zh"


def test_who_names_no_language_gets_that_of_the_suite(own_suite, speaks):
    suite = own_suite(settings={"default-language": "zh"})
    client = speaks(None, suite).secure()
    assert client.root.get(LANG) == "zh"
    assert labels(client.get(REGISTER))[0] == "用户名"
    query = speaks("en", suite).secure().get(REGISTER)
    assert labels(query)[0] == "User name" and query.get(LANG) == "en"


def test_a_letter_comes_in_the_language_of_who_asked(own_suite, speaks,
                                                     post):  # noqa: F811
    suite = post.serve(own_suite, "juliet")
    client = speaks(running=suite).secure()
    assert forget(client, "juliet").get("type") == "result"
    letter = post.letter()
    subject = re.search(r"^Subject: =\?utf-8\?B\?(.*)\?=$", letter, re.M)
    assert base64.b64decode(subject.group(1)).decode() == "新密码"
    assert code_of(letter)
    assert "请勿告诉任何人" in letter
    letter.split("\n\n")[0].encode("ascii")  # headers


def test_slixmpp_reads_chinese(suite, people):
    async def scene():
        person = Person(suite, people.account())
        person.default_lang = "zh"
        person.stream_header = person.stream_header.replace("xml:lang='en'",
                                                            "xml:lang='zh'")
        await person.comes_online()
        with pytest.raises(IqError) as refused:
            await person.update_roster(person.boundjid.bare, name="me")
        assert refused.value.iq["error"]["text"] == "这是您自己的地址"
        form = await person["xep_0077"].get_registration(timeout=10)
        assert form["register"]["username"]  # who is registered is told so
        await person.leaves()

    conversation(scene())


# --- searching ----------------------------------------------------------------


def test_people_are_found_by_chinese_names(suite, chinese):
    xiaoming = chinese()
    name = xiaoming.bare.split("@")[0]
    suite.ctl("user", "add", f"{name}x@localhost", "--password", PASSWORD,
              "--name", "欧阳小明")
    for wanted in ("欧阳小明", "欧阳*", "*小明", "*阳小*"):
        answer = xiaoming.set(
            "<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' "
            "type='submit'><field var='FORM_TYPE'><value>jabber:iq:search"
            f"</value></field><field var='name'><value>{wanted}</value></field>"
            "</x></query>", "localhost")
        found = [v.text for v in answer.iter(DATA + "value")]
        assert f"{name}x@localhost" in found, wanted


def test_rooms_are_listed_by_chinese_names(chinese):
    xiaoming = chinese()
    room = f"{xiaoming.bare.split('@')[0]}-room@conference.localhost"
    xiaoming.send_raw(f"<presence to='{room}/小明'>{MUC}</presence>")
    xiaoming.waits_for(lambda e: e.get("from") == f"{room}/小明")
    xiaoming.set(
        "<query xmlns='http://jabber.org/protocol/muc#owner'><x "
        "xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>"
        "http://jabber.org/protocol/muc#roomconfig</value></field>"
        "<field var='muc#roomconfig_roomname'><value>周一例会</value></field>"
        "<field var='muc#roomconfig_publicroom'><value>1</value></field>"
        "<field var='muc#roomconfig_persistentroom'><value>1</value></field>"
        "</x></query>", room)
    listed = xiaoming.get("<query xmlns='http://jabber.org/protocol/disco#items'/>",
                          "conference.localhost")
    assert {i.get("name") for i in listed if i.get("jid") == room} == {"周一例会"}


# --- phchat -------------------------------------------------------------------


def speaks_chinese(suite, name, *words, **environ):
    return subprocess.run(command(suite, name, *words), text=True,
                          capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL, env=environment(**environ))


@pytest.mark.parametrize("environ", (
    {"LANG": "zh_CN.UTF-8"}, {"LANGUAGE": "zh_CN:en"},
    {"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}))
def test_phchat_speaks_chinese_without_any_generated_locale(suite, people,
                                                            environ):
    name = people.account()
    said = speaks_chinese(suite, name, "roster", **environ)
    assert f"您已上线：{name}@localhost/" in said.stdout, said.stderr
    refused = speaks_chinese(suite, name, "passwd", "1", **environ)
    assert "! 密码过短。" in refused.stdout


def test_phchats_help_is_in_chinese(suite):
    said = speaks_chinese(suite, "x", "--help", LANG="zh_CN.UTF-8")
    assert said.stdout.startswith("用法：phchat")
    assert "此后输入的内容都发给此人" in said.stdout


def test_phchats_json_is_for_scripts(suite, people):
    name = people.account()
    said = speaks_chinese(suite, name, "--json", "passwd", "1",
                          LANG="zh_CN.UTF-8")
    events = [json.loads(line) for line in said.stdout.splitlines()]
    assert events[-1]["text"] == "The password is too short."


# --- posthousectl -------------------------------------------------------------


def administers(suite, *words, **environ):
    return subprocess.run(
        [str(BIN / "posthousectl"), "--state", str(suite.state), *words],
        text=True, capture_output=True, timeout=60,
        env={"PATH": os.environ["PATH"], **environ})


def test_posthousectl_speaks_chinese_to_people(suite):
    chinese = {"LANG": "zh_CN.UTF-8"}
    said = administers(suite, "--help", **chinese).stdout
    assert said.startswith("用法：posthousectl")
    refused = administers(suite, "user", "del", "nobody@localhost", **chinese)
    assert refused.returncode == 1
    assert refused.stderr == "posthousectl: 没有账号 nobody@localhost\n"
    for name, value in (("room", "x"), ("quiet-hours", "mon 25:00-26:00"),
                        ("max-roster", "many"), ("roster", "all")):
        refused = administers(suite, "property", "set", "server", name, value,
                              **chinese)
        assert refused.returncode == 1
        assert re.match(f"posthousectl: {name}: .*须", refused.stderr), refused.stderr
    refused = administers(suite, "--json", "user", "del", "nobody@localhost",
                          **chinese)
    assert refused.stderr == "posthousectl: there is no account nobody@localhost\n"


def test_times_are_local_for_people_and_utc_for_programs(suite, people):
    name = people.account()
    words = ("user", "show", f"{name}@localhost")
    shown = administers(suite, *words, TZ="Asia/Shanghai").stdout
    assert re.search(r"\d\d:\d\d:\d\d[.\d]*\+08\b", shown), shown
    told = administers(suite, "--json", *words, TZ="Asia/Shanghai").stdout
    assert re.search(r"\"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z\"", told), told
