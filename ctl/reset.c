/* A one-time code with which the owner of an account chooses a new password.
 * authd makes it: no other process sees what could be a code's hash. */
#include <stdlib.h>

#include "common/link/control.h"
#include "common/stanza/stanza.h"
#include "dry_run.h"
#include "link.h"

#define WAIT_MS 10000

struct reset {
    struct link link;
    struct ctl *ctl;
    struct str question;
    bool was_asked, was_answered;
    struct str code; /* when it is to be printed */
    struct str fault;
};

static void on_up(void *ctx, struct str address, struct str node)
{
    struct reset *reset = ctx;

    (void)node;
    if (reset->was_asked || address_parse(address, NULL) != ADDRESS_AUTH)
        return;
    reset->was_asked = true;
    link_send(&reset->link, address, reset->question);
}

static void on_datagram(void *ctx, const struct frame *frame)
{
    struct reset *reset = ctx;
    struct arena *arena = &reset->ctl->arena;
    const struct xml *answer =
        xml_parse(reset->link.parser, arena, frame->body);

    if (!answer || !xml_is(answer, NS_LINK_CONTROL, CTL_RESET_ANSWER))
        return;
    reset->was_answered = true;
    reset->code = arena_dup(arena, xml_get(answer, CTL_A_CODE));
    reset->fault = arena_dup(arena, xml_get(answer, CTL_A_TEXT));
    link_stop(&reset->link);
}

static struct str question(struct arena *arena, struct str jid, bool is_printed)
{
    struct xml *element = xml_new(arena, NS_LINK_CONTROL, STR(CTL_RESET));
    struct buf out = {0};
    struct str text;

    xml_set(element, STR(CTL_A_JID), jid);
    if (is_printed)
        xml_set(element, STR(CTL_A_PRINT), STR("1"));
    xml_write(&out, element, NS_CLIENT);
    text = arena_dup(arena, buf_view(&out));
    buf_clear(&out);
    return text;
}

static int tell(const struct reset *reset)
{
    if (!reset->was_asked)
        return ctl_refuse("no authd is running");
    if (!reset->was_answered)
        return ctl_refuse("authd does not answer");
    if (reset->fault.p)
        return ctl_refuse("%.*s", STR_ARG(reset->fault));
    if (reset->ctl->json)
        printf("{\"code\": \"%.*s\"}\n", STR_ARG(reset->code));
    else if (reset->code.p)
        printf("%.*s\n", STR_ARG(reset->code));
    return EXIT_SUCCESS;
}

/* The code of one that has none yet, or another one. */
static int pretend(struct ctl *ctl, const struct jid *jid)
{
    dry_run_count(ctl, "codes", 1);
    return dry_run_concerns(ctl, jid->domain, STR_NONE, jid->bare) ? EXIT_SUCCESS
                                                                   : EXIT_REFUSED;
}

static int ask(struct ctl *ctl, const struct jid *jid, bool is_printed)
{
    static const struct channel_events events = {.on_datagram = on_datagram,
                                                 .on_up = on_up};
    struct reset *reset = NEW(struct reset);
    int status = EXIT_REFUSED;

    reset->ctl = ctl;
    reset->question = question(&ctl->arena, jid->bare, is_printed);
    if (link_run(&reset->link, ctl, &events, reset, WAIT_MS))
        status = tell(reset);
    free(reset);
    return status;
}

int user_reset(struct ctl *ctl)
{
    bool is_printed = ctl_flag(ctl, "--print");
    struct jid jid;

    if (!ctl_account(ctl, ctl->argv[0], &jid))
        return EXIT_REFUSED;
    return ctl->dry ? pretend(ctl, &jid) : ask(ctl, &jid, is_printed);
}
