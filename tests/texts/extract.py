"""The texts for people in the sources of the daemons: every string that reads
like a sentence or a label, but for those that only operators see."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Where the texts of a stanza, form or letter are made.
DAEMONS = ("authd", "c2sd", "maild", "mucd", "proxy65d", "s2sd", "sm",
           "webd", "common/archive", "common/directory", "common/quiet",
           "common/stanza")

# Calls whose texts go to a log, to standard error or to another server.
FOR_OPERATORS = ("log_event", "log_plain", "LOG_TEXT", "error_set", "snprintf",
                 "fprintf", "http_answer", "stream_end", "stream_abandon", "sd_notify",
                 "http_set_header", "http_request_header", "goes_on_behind", "str_eq_nocase",
                 "http_request_header_count", "MHD_add_response_header",
                 "answer_administrator", "assert")

# Names and words of protocols.
NO_TEXTS = {"Posthouse", "Posthouse mucd", "GET", "Upgrade", "Offline Storage", "Urgency",
            "Authorization", "Bearer", "Bearer %.*s", "X-Content-Type-Options",
            "Referrer-Policy", "Content-Security-Policy", "%Y-%m-%d %H:%M %Z", "%a, %d %b %Y %H:%M:%S %z"}

TOKEN = re.compile(r"""
    (?P<comment> /\*.*?\*/ )
  | (?P<directive> ^\s*\#\s*include[^\n]* )
  | (?P<string> "(?:[^"\\\n]|\\.)*" )
  | (?P<char> '(?:[^'\\\n]|\\.)*' )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<space> (?:\s|\\\n)+ )
  | (?P<other> . )
""", re.X | re.S | re.M)


def strings(source):
    """(text, names of the calls around it) for each literal, joined as C joins
    them."""
    calls, name, joined = [], None, None
    for match in TOKEN.finditer(source):
        kind, token = match.lastgroup, match.group()
        if kind in ("comment", "space", "directive"):
            continue
        if kind == "string":
            joined = (joined or "") + token[1:-1]
            continue
        if joined is not None:
            yield unescape(joined), tuple(calls)
            joined = None
        if token == "(":
            calls.append(name)
        elif token == ")" and calls:
            calls.pop()
        name = token if kind == "name" else None


def unescape(text):
    return (text.replace(r"\n", "\n").replace(r"\"", '"')
            .replace(r"\t", "\t").replace("\\\\", "\\"))


def is_for_people(text):
    """A sentence or a label: it begins with a capital letter, a number, a
    placeholder or "expected", or behind the name of a field, and has words."""
    words = re.sub(r"%[-0-9.*]*(?:ll|z)?[a-zA-Z]", "", text)
    if re.search(r"[<>{}\\]|https?:|^[A-Z][\w-]*: |^\w+=", text):
        return False
    if re.match(r"expected |[a-z]+: [a-z]{2}", text):
        return True
    if not re.match(r"[A-Z0-9%]", text):
        return False
    if " " not in text:
        return re.match(r"[A-Z][-a-z]", text) is not None
    return re.search(r"[a-z]{2}", words) is not None


def daemon_texts():
    """{text: files that have it}"""
    found = {}
    # Options of a room are a list in one string.
    for options in re.findall(r'"([a-z]{2,}(?:\|[a-z]{2,})+)"',
                              (ROOT / "mucd/settings.c").read_text()):
        for option in options.split("|"):
            found.setdefault(option, []).append("mucd/settings.c")
    for folder in DAEMONS:
        for path in sorted((ROOT / folder).rglob("*.c")):
            for text, calls in strings(path.read_text()):
                if "text_in" in calls or (
                        is_for_people(text) and text not in NO_TEXTS
                        and not set(calls) & set(FOR_OPERATORS)):
                    found.setdefault(text, []).append(
                        str(path.relative_to(ROOT)))
    return found


def ctl_texts():
    """What posthousectl refuses with, and its usage; both to people alone."""
    found = {" and its value": []}
    for path in sorted((ROOT / "ctl").glob("*.c")):
        for text, calls in strings(path.read_text()):
            if not ({"ctl_refuse", "ctl_words"} & set(calls)
                    or text.startswith("usage:")):
                continue
            if re.search("[a-z]{2}|: %", text.replace("%zu", "")):
                found.setdefault(text, []).append(path.name)
    return found


# What phchat says in a word or in a few, as a value.
PHCHAT_WORDS = ("here", "gone", "online", "offline", "away", "dnd", "xa", "chat",
                "sent", "received", "hash is right", "no hash was told",
                "a letter with a code, a new password with it", ", %u unread",
                "phchat: expected a password\n", "phchat: see --help\n",
                "phchat: expected --jid JID; see --help\n",
                "phchat: %s: expected %s, got %s\n",
                "/help tells what can be done.",
                "JID: what is typed from now on")


def phchat_texts():
    """The same of phchat: lines of events, with {key} for a field, too."""
    found = {word: [] for word in PHCHAT_WORDS}
    for path in sorted((ROOT / "client").glob("*.c")):
        for text, calls in strings(path.read_text()):
            words = re.sub(r"{\w+}|%[a-z.*]+", "", text)
            if (re.match(r"[A-Z({!→]|usage", text) and "xmlns" not in text
                    and re.search(r"[a-z]{2}", words)
                    and "snprintf" not in calls):
                found.setdefault(text, []).append(path.name)
    return {text: files for text, files in found.items()
            if text not in ("PHCHAT_DEBUG", "C.UTF-8", '{"event": ', "Authorization",
                            "Cookie", "Expires",
                            "Content-Type: application/octet-stream")}


if __name__ == "__main__":
    for text, files in sorted(daemon_texts().items()):
        print(repr(text), *files)
