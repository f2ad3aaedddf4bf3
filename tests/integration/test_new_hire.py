"""A new colleague and a moved department, as a client that people use sees them."""
import asyncio

from test_clients import Person, conversation
from test_departments import Office


class Colleague(Person):
    """Remembers each roster push."""

    def __init__(self, suite, name):
        super().__init__(suite, name)
        self.pushes = asyncio.Queue()
        self.add_event_handler("roster_update", self.on_roster)

    def on_roster(self, iq):
        if iq["type"] == "set":
            for jid, item in iq["roster"]["items"].items():
                self.pushes.put_nowait((str(jid), item["subscription"],
                                        tuple(item["groups"])))

    async def is_told(self, jid):
        while True:
            push = await asyncio.wait_for(self.pushes.get(), 10)
            if push[0] == jid:
                return push


def hires(suite, department, name, door):
    if door == "sql":
        suite.sql("INSERT INTO department_member (domain, department, "
                  "username) VALUES ('localhost', department_at('localhost', "
                  f"'{department}'), '{name}')")
    else:
        suite.ctl("department", "member", "add", department,
                  f"{name}@localhost")


def new_hire(suite, people, door):
    office = Office(suite, people)
    sales = office.department("sales")
    names = [people.account(n) for n in ("anna", "bert", "carl")]
    for name in names[:2]:
        office.employs(sales, name)

    async def scene():
        anna, bert, carl = [await Colleague(suite, n).comes_online()
                            for n in names]
        hires(suite, sales, names[2], door)
        for old in (anna, bert):
            assert await old.is_told(f"{names[2]}@localhost") == \
                (f"{names[2]}@localhost", "both", (sales,))
        await carl.is_told(f"{names[0]}@localhost")
        for person in (anna, bert, carl):
            await person.leaves()

    conversation(scene())


def test_a_new_hire_by_command_appears_in_slixmpp(suite, people):
    new_hire(suite, people, "posthousectl")


def test_a_new_hire_by_sql_appears_in_slixmpp(suite, people):
    new_hire(suite, people, "sql")


def test_a_move_is_one_push_for_each_item(suite, people):
    office = Office(suite, people)
    company = office.department("company")
    sales, labs = (office.department(n, company) for n in ("sales", "labs"))
    suite.ctl("property", "set", "department", company, "roster", "branch")
    anna, bert, carl = (people.account(n) for n in ("anna", "bert", "carl"))
    suite.ctl("property", "set", "department", sales, "roster-also", labs)
    suite.ctl("property", "set", "department", labs, "roster-also", sales)
    office.employs(sales, anna)
    office.employs(sales, bert)
    office.employs(labs, carl)

    async def scene():
        client = await Colleague(suite, anna).comes_online()
        suite.ctl("department", "member", "move", sales, f"{bert}@localhost",
                  labs)
        assert await client.is_told(f"{bert}@localhost") == \
            (f"{bert}@localhost", "both", (labs,))
        await client.get_roster()
        assert client.pushes.empty()
        await client.leaves()

    conversation(scene())
