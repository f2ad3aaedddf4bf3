/* A script of bytes from other servers, of stanzas from the suite, and of what
 * becomes of connections, in any order: s2sd's core keeps its feet, and nothing
 * comes in that says it is from a domain of ours. Each line of the input is one
 * event, its first character the kind. */
#include <stdlib.h>
#include <string.h>

#include "common/log/log.h"
#include "tests/unit/s2sd/world.h"

#define MAX_EVENTS  64u
#define MAX_STREAMS 8u

/* The stream of this number, as far as there is one. */
static struct stream *stream_at(const struct world *w, char digit)
{
    struct stream *stream = w->s2sd.streams;

    for (unsigned n = (unsigned)digit % MAX_STREAMS; stream && n > 0; n--)
        stream = stream->next;
    return stream && stream->connection ? stream : NULL;
}

static unsigned count_streams(const struct world *w)
{
    unsigned count = 0;

    for (const struct stream *s = w->s2sd.streams; s; s = s->next)
        count++;
    return count;
}

static struct stream *first_dialling(const struct world *w)
{
    struct stream *stream = w->s2sd.streams;

    while (stream && stream->state != STREAM_DIALLING)
        stream = stream->next;
    return stream;
}

static void take_output(struct stream *stream)
{
    free(told(stream));
}

static void lose(struct stream *stream)
{
    stream_lost(stream, "the script says so");
}

/* What the shell does when all is written. */
static void finish_streams(struct world *w)
{
    struct stream *stream, *next;

    for (stream = w->s2sd.streams; stream; stream = next) {
        next = stream->next;
        if (!stream->connection)
            continue;
        take_output(stream);
        if (stream->state == STREAM_CLOSING) {
            lose(stream);
            next = w->s2sd.streams; /* others may have come and gone */
        } else if (stream->wants_tls) {
            stream->wants_tls = false;
            stream_secured(stream);
        }
    }
}

static void connect_dialled(struct world *w, bool is_direct_tls)
{
    struct stream *stream = first_dialling(w);

    if (!stream)
        return;
    stream_connected(stream, w, "192.0.2.2", is_direct_tls);
    if (is_direct_tls)
        stream_secured(stream);
}

static void open_incoming(struct world *w, bool is_direct_tls)
{
    struct stream *stream;

    if (count_streams(w) >= MAX_STREAMS)
        return;
    stream = stream_new_incoming(&w->s2sd, w, "192.0.2.1", is_direct_tls);
    if (is_direct_tls)
        stream_secured(stream);
}

/* The server of a domain says that the first key it was asked about is its own.
 */
static void answer_question(struct world *w)
{
    const struct target *target = w->s2sd.targets;
    const struct question *question = target ? target->questions : NULL;
    struct buf text = {0};

    if (!question || !question->is_asked || !target->stream)
        return;
    buf_printf(&text,
               "<db:verify from='%.*s' to='%.*s' id='%.*s' type='valid'/>",
               STR_ARG(target->domain), STR_ARG(question->local),
               STR_ARG(question->id));
    stream_receive(target->stream, buf_view(&text));
    buf_clear(&text);
}

/* The peer asks to resume a stream of his, whose id we had made at random. */
static void resume(const struct world *w, struct stream *stream, struct str h)
{
    const struct stream *lost = w->s2sd.streams;
    struct buf text = {0};

    while (lost && (lost->is_outgoing || !lost->sm_id.p || lost == stream))
        lost = lost->next;
    if (!lost)
        return;
    buf_printf(&text,
               "<resume xmlns='urn:xmpp:sm:3' h='%.*s' previd='%.*s'/>",
               STR_ARG(h), STR_ARG(lost->sm_id));
    stream_receive(stream, buf_view(&text));
    buf_clear(&text);
}

static void play(struct world *w, char kind, struct str line)
{
    static const char *const proved[] = {NULL, "their.example", "else.example"};
    char first = line.len ? line.p[0] : '0';
    struct str rest = line.len ? (struct str){line.p + 1, line.len - 1} : line;
    struct stream *stream = stream_at(w, first);
    char *text;

    switch (kind) {
    case 'c':
        w->certificate = proved[(unsigned char)first % COUNT_OF(proved)];
        break;
    case 'd':
        connect_dialled(w, first == 't');
        break;
    case 'l':
        if (stream)
            lose(stream);
        break;
    case 'n':
        open_incoming(w, first == 't');
        break;
    case 'r':
        if (stream)
            resume(w, stream, rest);
        break;
    case 's':
        text = str_dup_heap(line);
        sends(w, text);
        free(text);
        break;
    case 't':
        passes(w, (unsigned char)first);
        break;
    case 'v':
        answer_question(w);
        break;
    case 'x':
        if ((stream = first_dialling(w)))
            stream_not_connected(stream, ERR_REMOTE_SERVER_TIMEOUT, "away");
        break;
    default:
        if (stream)
            stream_receive(stream, rest);
    }
}

/* What reached the suite is from somebody else. */
static void check_arrived(struct world *w)
{
    struct arena arena = {0};
    struct xml_parser *parser = w->s2sd.parser;
    struct str all = buf_view(&w->arrived);
    struct xml *stanza = all.len ? xml_parse(parser, &arena, all) : NULL;
    struct jid from;

    if (stanza && (!jid_parse(&from, &arena, xml_get(stanza, "from")) ||
                   s2sd_is_ours(&w->s2sd, from.domain)))
        abort();
    arena_clear(&arena);
    buf_reset(&w->arrived);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct error error;
    struct world *w;

    (void)!log_open("fuzz", "/dev/null", LOG_LEVEL_ERROR, &error);
    w = world_new("s2sd { max-stanza-size = 10000 retry-delay = 1 }");
    for (unsigned i = 0; i < MAX_EVENTS && size > 0 && rest.p; i++) {
        struct str line = str_cut(&rest, '\n');

        if (line.len == 0)
            continue;
        play(w, line.p[0], (struct str){line.p + 1, line.len - 1});
        settle(w);
        finish_streams(w);
        settle(w);
        if (line.p[0] == 's')
            buf_reset(&w->arrived); /* the suite's own, returned perhaps */
        else
            check_arrived(w);
    }
    world_free(w);
    return 0;
}
