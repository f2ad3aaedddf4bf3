"""Personal eventing for raw clients: what a client wants, publishes and hears."""
import base64
import hashlib
import uuid
from xml.sax.saxutils import quoteattr

from xmpp import CLIENT

DISCO = "{http://jabber.org/protocol/disco#info}"
PUBSUB = "{http://jabber.org/protocol/pubsub}"
EVENT = "{http://jabber.org/protocol/pubsub#event}"
ERRORS = "{http://jabber.org/protocol/pubsub#errors}"
DATA = "{jabber:x:data}"
NODE = "urn:client"


def features(*nodes):
    return sorted([DISCO[1:-1], *(f"{node}+notify" for node in nodes)])


def answer_of(name, nodes):
    return (f"<identity category='client' type='pc' name='{name}'/>" +
            "".join(f"<feature var={quoteattr(f)}/>" for f in features(*nodes)))


def hash_of(name, nodes):
    text = f"client/pc//{name}<" + "".join(f + "<" for f in features(*nodes))
    return base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()


def is_question(element):
    query = element.find(DISCO + "query")
    return element.tag == CLIENT + "iq" and element.get("type") == "get" and \
        query is not None and query.get("node", "").startswith(NODE + "#")


def answers(client, name, nodes):
    """Answers the server's question for capabilities."""
    question = client.waits_for(is_question)
    client.stanza(f"<iq type='result' id={quoteattr(question.get('id'))} "
                  f"to={quoteattr(question.get('from'))}>"
                  f"<query xmlns='{DISCO[1:-1]}' "
                  f"node={quoteattr(question[0].get('node'))}>"
                  f"{answer_of(name, nodes)}</query></iq>")


def wants(client, *nodes, servers=1):
    """The client, of a kind that nobody has seen, becomes available and wants
    events of these nodes; so many servers ask."""
    name = uuid.uuid4().hex
    client.presence(inside=f"<c xmlns='http://jabber.org/protocol/caps' "
                           f"hash='sha-1' node='{NODE}' "
                           f"ver='{hash_of(name, nodes)}'/>")
    for _ in range(servers):
        answers(client, name, nodes)
    client.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
    return client


def form(kind, fields):
    return ("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' "
            f"type='hidden'><value>{PUBSUB[1:-1]}#{kind}</value></field>" +
            "".join(f"<field var='pubsub#{name}'><value>{value}</value></field>"
                    for name, value in fields.items()) + "</x>")


def publication(node, item, payload, options=None):
    inside = f"<publish node={quoteattr(node)}><item" + \
        (f" id={quoteattr(item)}" if item else "") + f">{payload}</item></publish>"
    if options:
        inside += ("<publish-options>" + form("publish-options", options) +
                   "</publish-options>")
    return f"<pubsub xmlns='{PUBSUB[1:-1]}'>{inside}</pubsub>"


def publish(client, node, item, payload, **options):
    """Publishes, and returns the id of the item."""
    answer = client.set(publication(node, item, payload, options))
    return answer.find(f"{PUBSUB}publish/{PUBSUB}item").get("id")


def retract(client, node, item):
    client.set(f"<pubsub xmlns='{PUBSUB[1:-1]}'><retract "
               f"node={quoteattr(node)} notify='true'>"
               f"<item id={quoteattr(item)}/></retract></pubsub>")


def ask_items(client, node, to=None):
    return client.iq("get", f"<pubsub xmlns='{PUBSUB[1:-1]}'>"
                            f"<items node={quoteattr(node)}/></pubsub>", to)


def items(client, node, to=None):
    """The payloads of a node by the ids of their items, the oldest first."""
    answer = ask_items(client, node, to)
    assert answer.get("type") == "result"
    return {i.get("id"): i[0] for i in
            answer.iterfind(f"{PUBSUB}pubsub/{PUBSUB}items/{PUBSUB}item")}


def manage(client, what, node, inside="", kind="set"):
    return client.iq(kind, f"<pubsub xmlns='{PUBSUB[1:-1]}#owner'><{what} "
                           f"node={quoteattr(node)}>{inside}</{what}></pubsub>")


def is_event(node=None, sender=None):
    def check(element):
        about = element.find(f"{EVENT}event/*")
        return element.tag == CLIENT + "message" and about is not None and \
            (node is None or about.get("node") == node) and \
            (sender is None or element.get("from") == sender)
    return check


def hears(client, node, sender=None, timeout=10):
    """The next event of a node."""
    event = client.waits_for(is_event(node, sender), timeout)
    assert event.get("type") == "headline"
    return event


def item_of(event):
    return event.find(f"{EVENT}event/{EVENT}items/{EVENT}item")


def condition_of(answer):
    """The application-specific condition of an error."""
    for child in answer.find(CLIENT + "error"):
        if child.tag.startswith(ERRORS):
            return child.tag.removeprefix(ERRORS)
    return None
