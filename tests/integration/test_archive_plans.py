"""A page of a large archive touches what is on it, wherever it lies: the plans of the
statements themselves, over 120,000 messages of one account in a month that is over."""
import json
import re

import pytest

from suite import ROOT, Suite

MESSAGES = 120000
TOP = 2 ** 63 - 1
# Pages of PostgreSQL; the whole index of either side has more than 500.
FEW = 150


def statements():
    text = (ROOT / "sql/statements/sm.sql").read_text()
    parts = re.split(r"^-- name: ", text, flags=re.M)[1:]
    return {head.split()[0]: body.rstrip().rstrip(";")
            for head, _, body in (part.partition("\n") for part in parts)}


@pytest.fixture(scope="module")
def store():
    with Suite() as suite:
        suite.sql(
            "SET ROLE posthouse_owner; CREATE TABLE message_2026_01 PARTITION OF "
            "message FOR VALUES FROM (archive_id('2026-01-01 UTC')) TO "
            "(archive_id('2026-02-01 UTC'))",
            "INSERT INTO message SELECT archive_id('2026-01-01 UTC') + "
            "(g * 20000 << 20), CASE g % 2 WHEN 0 THEN 1 ELSE 0 END, "
            "CASE g % 2 WHEN 0 THEN 0 ELSE 1 END, "
            "CASE WHEN g % 30000 = 0 THEN 999 ELSE g % 100 END, "
            "CASE WHEN g % 30000 = 1 THEN 999 ELSE g % 100 END, 0, false, g, "
            "'<message from=''a@b'' to=''c@d''><body>' || repeat('x', 300) || "
            f"'</body></message>' FROM generate_series(0::bigint, {MESSAGES - 1}) g")
        suite.ctl("daily")
        suite.sql("VACUUM ANALYZE message")
        yield suite


def cost_of(suite, statement, *params):
    """Blocks touched, and rows that scans brought up, of the generic plan that a
    daemon has after a while."""
    types = "bigint, bigint, bigint, bigint, text, bigint, text"
    result = suite.sql(
        "SET plan_cache_mode = force_generic_plan; "
        f"PREPARE one ({types}) AS {statements()[statement]}; "
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE one ("
        + ", ".join(map(str, params)) + ")")
    plan = json.loads(result[result.index("["):])[0]["Plan"]

    def rows(node):
        inner = node.get("Plans", [])
        if not inner:
            return (node["Actual Rows"]
                    + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        return sum(map(rows, inner))

    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], rows(plan)


MIDDLE = "archive_id('2026-01-15 UTC')"
PAGES = {
    "first": ("archive_page", 0, TOP, "NULL", 0),
    "in the middle": ("archive_page", MIDDLE, TOP, "NULL", 0),
    "last": ("archive_page_back", 0, TOP, "NULL", 0),
    "before the middle": ("archive_page_back", 0, MIDDLE, "NULL", 0),
    "behind the end": ("archive_page", f"{TOP} - 1", TOP, "NULL", 0),
    "with one of many": ("archive_page_with", MIDDLE, TOP, "'a@b'", 42),
    "with somebody rare": ("archive_page_with_back", 0, TOP, "'a@b'", 999),
    "with nobody": ("archive_page_with_back", 0, TOP, "'a@b'", 12345),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_touches_what_is_on_it(store, page):
    statement, above, below, tag, peer = PAGES[page]

    blocks, rows = cost_of(store, statement, 1, above, below, 51, tag, peer, "NULL")

    assert blocks <= FEW
    assert rows <= 2 * 51


def test_what_is_walked_through_shows(store):
    """The measure is one: a count has to touch all."""
    blocks, rows = cost_of(store, "archive_count", 1, 0, TOP, 1, "NULL", 0, "NULL")

    assert rows >= MESSAGES and blocks > 10 * FEW


def test_a_page_costs_little_more_than_its_index(store):
    """Both sides, all months: at most three times what one side's index alone costs
    over the same months."""
    bare = json.loads(store.sql(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT id, stanza FROM message "
        f"WHERE sender = 1 AND sender > 0 AND id > {MIDDLE} ORDER BY id LIMIT 51"
        ))[0]["Plan"]

    blocks, _ = cost_of(store, *("archive_page", 1, MIDDLE, TOP, 51, "NULL", 0,
                                 "NULL"))
    assert blocks <= 3 * (bare["Shared Hit Blocks"] + bare["Shared Read Blocks"])
