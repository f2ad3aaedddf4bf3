#include "sm/admin/auth_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "sm/control.h"

struct question {
    struct question *next;
    uint64_t number;
    auth_answered *answered;
    void *ctx;
};

struct choice {
    char address[32];
};

static void take_auth(void *ctx, struct str address, struct str node)
{
    struct choice *choice = ctx;

    (void)node;
    if (address_parse(address, NULL) == ADDRESS_AUTH && !choice->address[0])
        snprintf(choice->address, sizeof(choice->address), "%.*s",
                 STR_ARG(address));
}

bool auth_ask(struct sm *sm, struct str bare_jid, const struct xml *element,
              auth_answered *answered, void *ctx)
{
    struct choice choice = {0};
    struct question *question;
    char local[32];

    channels_each_up(sm->channels, take_auth, &choice);
    if (!choice.address[0])
        return false;
    question = NEW(struct question);
    *question = (struct question){
        .number = ++sm->question_number, .answered = answered, .ctx = ctx};
    LL_PREPEND(sm->questions, question);
    control_send(sm,
                 channels_get(sm->channels, sm_address(local, bare_jid),
                              str_of(choice.address)),
                 question->number, element);
    return true;
}

static void end(struct sm *sm, struct question *question,
                const struct xml *answer)
{
    LL_DELETE(sm->questions, question);
    question->answered(question->ctx, answer);
    free(question);
}

static struct question *find(const struct sm *sm, uint64_t number)
{
    struct question *question;

    LL_FOREACH(sm->questions, question)
    if (question->number == number)
        return question;
    return NULL;
}

void auth_answer(struct sm *sm, uint64_t number, const struct xml *answer)
{
    struct question *question = find(sm, number);

    if (question)
        end(sm, question, xml_child(answer, NS_CLIENT, "iq"));
}

void auth_forget(struct sm *sm)
{
    while (sm->questions)
        end(sm, sm->questions, NULL);
}
