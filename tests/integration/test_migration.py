"""Accounts that come from other servers, and go there: CSV and XEP-0227."""
import base64
import csv
import hashlib
import hmac
import json
import subprocess
import xml.etree.ElementTree as ET

import pytest

from suite import BIN, PASSWORD, Suite
from xmpp import Refused

PIE = "{urn:xmpp:pie:0}"
SCRAM = "{urn:xmpp:pie:0#scram}"


@pytest.fixture(scope="module")
def company():
    with Suite() as suite:
        yield suite


@pytest.fixture
def people(company, crowd_of):
    return crowd_of(company)


def credentials(password, name="SHA-1", rounds=4096, salt=b"of another server"):
    """As another server has them."""
    hash_name = name.replace("-", "").lower()
    salted = hashlib.pbkdf2_hmac(hash_name, password.encode(), salt, rounds)

    def key(what):
        return hmac.new(salted, what, hash_name).digest()

    stored = hashlib.new(hash_name, key(b"Client Key")).digest()
    fields = {"iter-count": str(rounds), "salt": base64.b64encode(salt).decode(),
              "server-key": base64.b64encode(key(b"Server Key")).decode(),
              "stored-key": base64.b64encode(stored).decode()}
    return (f"<scram-credentials xmlns='urn:xmpp:pie:0#scram' "
            f"mechanism='SCRAM-{name}'>"
            + "".join(f"<{k}>{v}</{k}>" for k, v in fields.items())
            + "</scram-credentials>")


def document(*users, host="localhost"):
    return ("<?xml version='1.0' encoding='UTF-8'?>\n"
            f"<server-data xmlns='urn:xmpp:pie:0'>\n <host jid='{host}'>\n"
            + "\n".join(users) + "\n </host>\n</server-data>\n")


def bring(suite, tmp_path, *users, check=True, **options):
    file = tmp_path / "people.xml"
    file.write_text(document(*users, **options))
    return suite.ctl("user", "import", file, check=check)


def test_who_comes_from_another_server_has_his_old_password(company, people,
                                                            tmp_path):
    anna, bert, carl = (people.name(n) for n in ("anna", "bert", "carl"))
    bring(company, tmp_path,
          f"<user name='{anna}'>{credentials('old secret')}</user>",
          f"<user name='{bert}'>{credentials('old secret', 'SHA-256')}"
          f"{credentials('old secret', rounds=10000)}</user>",
          f"<user name='{carl}' password='plain old secret'>"
          "<vCard xmlns='vcard-temp'><FN>Carl C.</FN><EMAIL>"
          "<USERID>carl@mail.example</USERID></EMAIL></vCard></user>")
    people.connect().secure().scram(anna, "old secret", "SHA-1")
    people.connect().secure().scram(bert, "old secret", "SHA-256")
    people.connect().secure().scram(bert, "old secret", "SHA-1")
    people.login(carl, password="plain old secret")
    with pytest.raises(Refused):
        people.login(anna, password="another")
    assert "Carl C.\tcarl@mail.example" in company.ctl(
        "user", "show", f"{carl}@localhost").stdout


def test_what_makes_no_sense_is_refused_alone(company, people, tmp_path):
    good, bad, taken = (people.name(n) for n in ("good", "bad", "taken"))
    company.add_users(taken)
    wrong = credentials("x").replace("<stored-key>", "<stored-key>AAAA")
    result = bring(company, tmp_path,
                   f"<user name='{bad}'>{wrong}</user>",
                   f"<user name='{taken}'>{credentials('x')}</user>",
                   "<user name='a b'/>",
                   f"<user name='{good}'>{credentials('old secret')}</user>",
                   check=False)
    assert result.returncode == 1
    assert "1 added, 0 updated, 3 refused" in result.stdout
    people.login(good, password="old secret")
    people.login(taken)
    elsewhere = bring(company, tmp_path, "<user name='x'/>", host="elsewhere",
                      check=False)
    assert elsewhere.returncode == 1 and "not served" in elsewhere.stderr


@pytest.mark.parametrize("text", [
    "", "<server-data/>", "<server-data xmlns='urn:xmpp:pie:0'>",
    "<!DOCTYPE x [<!ENTITY a 'b'>]><server-data xmlns='urn:xmpp:pie:0'/>"])
def test_what_is_no_such_document_is_refused(company, tmp_path, text):
    file = tmp_path / "people.xml"
    file.write_text(text)
    assert company.ctl("user", "import", file, check=False).returncode == 1


def test_what_goes_out_comes_in_elsewhere(company, people, tmp_path, own_suite,
                                          crowd_of):
    anna = people.account("anna")
    file = tmp_path / "out.xml"
    company.ctl("user", "export", file)
    assert file.stat().st_mode & 0o777 == 0o600
    users = {u.get("name"): u for u in ET.parse(file).iter(f"{PIE}user")}
    assert {s.get("mechanism") for s in users[anna].iter(
        f"{SCRAM}scram-credentials")} == {"SCRAM-SHA-1", "SCRAM-SHA-256"}
    assert company.ctl("user", "export", file, check=False).returncode == 1

    other = own_suite()
    result = json.loads(other.ctl("--json", "user", "import", file).stdout)
    assert result["added"] == len(users) and result["refused"] == 0
    crowd_of(other).login(anna, password=PASSWORD)


def test_departments_go_out_as_csv(company, people, tmp_path):
    anna, sales = people.account("anna"), people.name("sales")
    company.ctl("department", "add", sales)
    company.ctl("department", "member", "add", sales, f"{anna}@localhost")
    file = tmp_path / "out.csv"
    company.ctl("user", "export", file)
    rows = {r["jid"]: r for r in csv.DictReader(file.open())}
    assert rows[f"{anna}@localhost"] == {
        "jid": f"{anna}@localhost", "name": anna.title(),
        "email": f"{anna}@localhost", "department": sales}


def test_contact_lists_come_and_go(company, people, tmp_path):
    one, two = people.name("one"), people.name("two")
    secret = credentials("old secret")
    roster = ("<query xmlns='jabber:iq:roster'>"
              f"<item jid='{two}@localhost' name='Two &amp; a half' "
              "subscription='both'><group>Old friends</group>"
              "<group>Chess</group></item>"
              "<item jid='far@elsewhere.example' ask='subscribe'/>"
              "<item jid='@@'/><item/></query>")
    bring(company, tmp_path, f"<user name='{one}'>{secret}{roster}</user>",
          f"<user name='{two}'>{secret}</user>")

    client = people.login(one, password="old secret")
    items = client.roster()

    assert set(items) == {f"{two}@localhost", "far@elsewhere.example"}
    friend = items[f"{two}@localhost"]
    assert (friend.get("name"), friend.get("subscription")) == (
        "Two & a half", "both")
    assert {g.text for g in friend} == {"Old friends", "Chess"}
    assert items["far@elsewhere.example"].get("ask") == "subscribe"
    file = tmp_path / "out.xml"
    company.ctl("user", "export", file)
    user = next(u for u in ET.parse(file).getroot().iter(f"{PIE}user")
                if u.get("name") == one)
    told = {i.get("jid"): i for i in user.iter("{jabber:iq:roster}item")}
    assert set(told) == set(items)
    assert told[f"{two}@localhost"].get("name") == "Two & a half"
    assert [g.text for g in told[f"{two}@localhost"]] == ["Old friends",
                                                          "Chess"]


def test_twenty_thousand_come_with_their_verifiers(tmp_path, own_suite,
                                                   crowd_of):
    secret = credentials("old secret")
    users = [f"<user name='p{i}'>{secret}</user>" for i in range(20000)]
    file = tmp_path / "people.xml"
    file.write_text(document(*users))
    suite = own_suite()
    result = subprocess.run(
        [BIN / "posthousectl", "--state", suite.state, "user", "import", file],
        capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr[-500:]
    assert "20000 added" in result.stdout
    crowd_of(suite).login("p19999", password="old secret")


def test_two_thousand_come_by_csv_into_their_departments(tmp_path, own_suite, crowd_of):
    suite = own_suite(settings={"authd.iterations": 4096})
    for team in range(20):
        suite.ctl("department", "add", f"team{team}")
    file = tmp_path / "people.csv"
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["jid", "password", "name", "department"])
        for i in range(2000):
            rows.writerow([f"p{i}@localhost", "old secret", f"Person {i}",
                           f"team{i % 20}"])
    result = subprocess.run(
        [BIN / "posthousectl", "--state", suite.state, "user", "import", file],
        capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr[-500:]
    assert "2000 added" in result.stdout
    person = crowd_of(suite).login("p1999", password="old secret")
    assert len(person.roster()) == 99
