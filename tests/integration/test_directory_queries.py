"""What a change of the directory costs the database does not grow with the number
of people whom it concerns."""
import time

import pytest

from suite import Suite
from test_departments import Office


@pytest.fixture(scope="module")
def company():
    with Suite() as suite:
        suite.sql("ALTER SYSTEM SET log_statement = 'all'",
                  "ALTER SYSTEM SET log_line_prefix = '%u '",
                  "SELECT pg_reload_conf()")
        yield suite


@pytest.fixture
def office(company, crowd_of):
    return Office(company, crowd_of(company))


def statements(suite):
    """What sm has asked the database so far."""
    return [line for log in suite.state.rglob("postgres*.log")
            for line in log.read_text(errors="replace").splitlines()
            if line.startswith("posthouse_sm ") and "execute" in line]


def queries_of_a_move(company, office, colleagues):
    """Moves somebody between two departments of so many people online, each of
    whom gets his push; what sm asks the database meanwhile."""
    old, new = office.department("old"), office.department("new")
    anna = office.online("anna")
    office.employs(old, anna)
    people = [office.online(f"p{i}x") for i in range(colleagues)]
    for i, person in enumerate(people):
        office.employs(old if i % 2 else new, person)
    for i, person in enumerate(people):
        if i % 2:
            person.receives_push(anna.bare)
    anna.roster()
    time.sleep(0.5)
    before = len(statements(company))

    office.suite.ctl("department", "member", "move", old, anna.bare, new)

    for i, person in enumerate(people):
        push = person.receives_push(anna.bare)
        assert (push.get("subscription") == "remove") == bool(i % 2)
    time.sleep(0.5)
    return [line.split(": ", 1)[1][:60] for line in statements(company)[before:]]


def test_a_move_is_as_many_queries_for_few_as_for_many(company, office):
    few = queries_of_a_move(company, office, 4)
    many = queries_of_a_move(company, office, 24)

    assert few, "the log has nothing"
    assert len(many) == len(few), (few, many)
