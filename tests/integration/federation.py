"""Two suites on loopback that find each other by s2sd.connect."""
import contextlib

from suite import Suite, free_base_port

VERONA, MANTUA = "verona.example", "mantua.example"


def services(domain):
    return domain, f"conference.{domain}", f"proxy.{domain}"


@contextlib.contextmanager
def two_suites(*, left=None, right=None, direct_tls=False, both=None):
    """Suites of verona.example and mantua.example; left and right are options of
    Suite, both are settings of either."""
    ports = [free_base_port(), free_base_port()]
    kind, offset = ("tls:", 70) if direct_tls else ("", 69)
    with contextlib.ExitStack() as stack:
        suites = []
        for own, other, port, other_port, options in (
                (VERONA, MANTUA, *ports, left),
                (MANTUA, VERONA, *reversed(ports), right)):
            options = dict(options or {})
            connect = {f"s2sd.connect.{name}":
                       f"{kind}127.0.0.1:{other_port + offset}"
                       for name in services(other)}
            options["settings"] = {**connect, **(both or {}),
                                   **options.get("settings", {})}
            suites.append(stack.enter_context(
                Suite(domains=(own,), base_port=port, **options)))
        yield suites


def log_of(suite):
    return "".join(path.read_text(errors="replace") for path in
                   sorted(suite.state.rglob("s2sd.*.log")))
