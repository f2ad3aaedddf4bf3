/* What tests of s2sd say and look for in a world. */
#ifndef POSTHOUSE_S2SD_TALK_H
#define POSTHOUSE_S2SD_TALK_H

#include <stdio.h>

#include "tests/unit/test.h"
#include "world.h"

#define FEATURES "<stream:features/>"
#define MESSAGE                                                                \
    "<message from='juliet@their.example' to='romeo@our.example' id='m1'>"     \
    "<body>hello</body></message>"
#define OURS                                                                   \
    "<message from='romeo@our.example/r' to='juliet@their.example' id='o1' "   \
    "type='chat'><body>hello</body></message>"
#define KEY "<db:result from='their.example' to='our.example'>a-key</db:result>"

static inline bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* Consumes what the stream says and checks that it has this in it. */
static inline void assert_told(struct stream *stream, const char *part)
{
    char *text = told(stream);

    if (!has(text, part))
        print_error("told: %s\n", text);
    assert_true(has(text, part));
    free(text);
}

static inline void assert_arrived(struct world *w, const char *part)
{
    settle(w);
    buf_add_char(&w->arrived, '\0');
    if (!has(buf_view(&w->arrived).p, part))
        print_error("arrived: %s\n", buf_view(&w->arrived).p);
    assert_true(has(buf_view(&w->arrived).p, part));
    buf_reset(&w->arrived);
}

static inline void assert_nothing_arrived(struct world *w)
{
    settle(w);
    assert_int_equal(buf_len(&w->arrived), 0);
}

/* The question about a key is asked on a stream of its own and answered. */
static inline void answers_question(struct world *w, const char *id,
                                    const char *type)
{
    struct stream *stream = answers(w, FEATURES);
    char text[200];

    snprintf(text, sizeof(text),
             "<db:verify from='their.example' to='our.example' id='%s' "
             "type='%s'/>",
             id, type);
    assert_told(stream, "<db:verify");
    hears(stream, text);
}

static inline struct stream *comes_in_verified(struct world *w)
{
    struct stream *stream = comes_in(w);

    hears(stream, KEY);
    answers_question(w, stream->id, "valid");
    assert_told(stream, "type='valid'");
    return stream;
}

#endif
