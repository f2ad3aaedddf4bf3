"""Texts for people: the catalogues hold each of them, with the same
placeholders, and nothing else."""
import re
import sys

import pytest

from suite import ROOT

sys.path.insert(0, str(ROOT / "tests" / "texts"))
import extract  # noqa: E402

PLACEHOLDER = re.compile(r"%[-0-9.*]*(?:ll|z|l)?[a-zA-Z]|{\w+}")


def catalogue(*names):
    pairs = {}
    for name in names:
        source = (ROOT / "common" / "text" / f"zh_{name}.c").read_text()
        table = source[source.index("{") + 1:source.rindex("}")]
        for entry in re.findall(r"\{((?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*)\}", table):
            english, chinese = [], []
            for part in re.finditer(r'"((?:[^"\\]|\\.)*)"|(,)', entry):
                if part.group(2):
                    english, chinese = chinese, english
                else:
                    chinese.append(extract.unescape(part.group(1)))
            pairs["".join(english)] = "".join(chinese)
    return pairs


def test_every_text_of_the_daemons_is_in_chinese():
    texts = extract.daemon_texts()
    pairs = catalogue("refusals", "forms", "http")
    assert len(texts) > 250  # the extraction finds them
    assert {t: f for t, f in texts.items() if t not in pairs} == {}
    assert set(pairs) - set(texts) == set(), "nobody says this any more"


def test_every_text_of_phchat_is_in_chinese():
    texts = extract.phchat_texts()
    pairs = catalogue("phchat")
    assert {t: f for t, f in texts.items() if t not in pairs} == {}
    assert set(pairs) - set(texts) == set(), "nobody says this any more"


def test_every_text_of_posthousectl_is_in_chinese():
    texts = extract.ctl_texts()
    pairs = catalogue("ctl")
    assert {t: f for t, f in texts.items() if t not in pairs} == {}
    assert set(pairs) - set(texts) == set(), "nobody says this any more"


@pytest.mark.parametrize("name", ("refusals", "forms", "http", "phchat", "ctl"))
def test_translations_have_the_same_placeholders(name):
    for english, chinese in catalogue(name).items():
        wanted = PLACEHOLDER.findall(english)
        found = PLACEHOLDER.findall(chinese)
        if "{" in english:  # by name, in any order
            wanted, found = sorted(wanted), sorted(found)
        assert found == wanted, english
        assert english.endswith("\n") == chinese.endswith("\n")
        # ideographs, or at least punctuation of their width
        assert re.search("[\u4e00-\u9fff\uff00-\uffef]", PLACEHOLDER.sub("", chinese)), english


def test_a_catalogue_is_in_the_order_in_which_it_is_searched():
    for name in ("refusals", "forms", "http", "phchat", "ctl"):
        texts = [t.encode() for t in catalogue(name)]
        assert texts == sorted(set(texts))
