"""Shared suites and people. One suite serves all tests that change nothing in it;
tests that need other settings start their own."""
import contextlib
import itertools

import pytest

from suite import PASSWORD, House, Suite
from xmpp import Client

_names = itertools.count(1)


@pytest.fixture(scope="session")
def suite():
    with Suite(domains=("localhost", "two.localhost"),
               components={"echo.localhost": "sesame",
                           "other.localhost": "other secret"}) as running:
        yield running


@pytest.fixture(scope="session")
def house():
    with House() as running:
        yield running


class People:
    """Makes accounts and logs them in; leaves no connection behind."""

    def __init__(self, suite):
        self.suite = suite
        self._clients = []

    def name(self, like="user"):
        """A user name that no other test has."""
        return f"{like}{next(_names)}"

    def account(self, like="user"):
        name = self.name(like)
        self.suite.add_users(name)
        return name

    def connect(self, suite=None, **options):
        client = Client(suite or self.suite, **options)
        self._clients.append(client)
        return client

    def login(self, name, resource=None, password=PASSWORD):
        client = self.connect().secure().plain(name, password)
        return client.bind(resource)

    def online(self, like="user", resource=None, priority=0):
        """A fresh account with one available resource."""
        client = self.login(self.account(like), resource)
        return client.comes_online(priority)

    def again(self, client, resource=None, priority=0):
        """Another resource of the same account."""
        other = self.login(client.bare.split("@")[0], resource)
        return other.comes_online(priority)

    def friends(self, *names):
        """People online who subscribe to each other."""
        people = [self.online(name) for name in names or ("romeo", "juliet")]
        for a, b in itertools.combinations(people, 2):
            befriend(a, b)
        return people

    def close(self):
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.close()


def befriend(a, b):
    """Both subscribe to each other and see each other's presence."""
    for person in (a, b):
        person.roster()
    for asks, grants in ((a, b), (b, a)):
        asks.presence("subscribe", to=grants.bare)
        grants.receives_presence(asks.bare, "subscribe")
        grants.presence("subscribed", to=asks.bare)
        asks.receives_presence(grants.bare, "subscribed")
        asks.receives_presence(grants.jid)


@pytest.fixture
def people(suite):
    crowd = People(suite)
    yield crowd
    crowd.close()


@pytest.fixture
def crowd_of():
    """For tests with a suite of their own: crowd_of(suite) gives its people."""
    crowds = []

    def make(suite):
        crowds.append(People(suite))
        return crowds[-1]

    yield make
    for crowd in crowds:
        crowd.close()


@pytest.fixture
def own_suite():
    """Starts suites with settings of the test's own; stops them afterwards."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(Suite(**options))


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "whole: needs a whole suite, started by `posthouse up`")


def pytest_collection_modifyitems(items):
    for item in items:
        if {"suite", "own_suite"} & set(item.fixturenames):
            item.add_marker("whole")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows what the daemons had to say."""
    outcome = yield
    report = outcome.get_result()
    fixtures = getattr(item, "funcargs", {})
    running = fixtures.get("suite") or fixtures.get("house")
    if report.when == "call" and report.failed and running:
        report.sections.append(("logs of the suite", running.logs()))
