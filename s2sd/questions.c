/* Questions about keys that we were shown, on their way to the server that must
 * have made them (XEP-0220 §2.2.1). */
#include <stdlib.h>
#include <utlist.h>

#include "target.h"

void question_free(struct target *target, struct question *question)
{
    DL_DELETE(target->questions, question);
    free((char *)question->local.p);
    free((char *)question->id.p);
    free((char *)question->key.p);
    free(question);
}

void question_answer(struct target *target, struct question *question,
                     const char *type, const char *condition)
{
    if (question->asker)
        receiving_answered(question->asker, target->domain, question->local,
                           type, condition);
    question_free(target, question);
}

bool target_ask(struct s2sd *s2sd, struct stream *asker, struct str local,
                struct str remote, struct str key)
{
    struct target *target = target_for_stranger(s2sd, remote);
    struct question *question;
    unsigned count = 0;

    if (!target)
        return false;
    DL_COUNT(target->questions, question, count);
    if (count >= (uint64_t)config_int(s2sd->config, "s2sd.max-questions") ||
        target_is_resting(target))
        return false;
    question = NEW(struct question);
    question->asker = asker;
    question->local = str_dup(local);
    question->id = str_dup(str_of(asker->id));
    question->key = str_dup(key);
    question->deadline_ms =
        s2sd->now_ms + config_int(s2sd->config, "s2sd.dialback-timeout") * 1000;
    DL_APPEND(target->questions, question);
    target_continue(target);
    return true;
}

void target_answered(struct target *target, struct str local, struct str id,
                     const char *type, const char *condition)
{
    struct question *question;

    DL_FOREACH(target->questions, question)
    if (question->is_asked && str_eq(question->local, local) &&
        str_eq(question->id, id)) {
        question_answer(target, question, type, condition);
        return;
    }
}

/* Each question of his has its pair, not yet verified. */
void targets_forget_asker(struct s2sd *s2sd, const struct stream *asker)
{
    for (const struct pair *pair = asker->pairs; pair; pair = pair->next) {
        const struct target *target =
            pair->is_verified ? NULL : target_find(s2sd, pair->from);
        struct question *question;

        if (!target)
            continue;
        DL_FOREACH(target->questions, question)
        if (question->asker == asker)
            question->asker = NULL;
    }
}
