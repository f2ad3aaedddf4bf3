/* Refusals without a text of the server's own (RFC 6120 §8.3.3), in words. */
#include <string.h>

#include "phchat.h"

struct refusal {
    const char *condition;
    const char *words;
};

static const struct refusal refusals[] = {
    {"conflict", "The name is taken"},
    {"feature-not-implemented", "The other side does not know this"},
    {"forbidden", "You may not do this"},
    {"item-not-found", "There is no such thing"},
    {"jid-malformed", "This is no address"},
    {"not-allowed", "You may not do this"},
    {"recipient-unavailable", "The other side is not there"},
    {"remote-server-not-found", "There is no server of this name"},
    {"remote-server-timeout", "The other server does not answer"},
    {"resource-constraint", "The server has too much to do; try again later"},
    {"service-unavailable", "Nobody at this address takes it"},
};

const char *refusal_words(const char *condition)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++)
        if (strcmp(refusals[i].condition, condition) == 0)
            return refusals[i].words;
    return condition;
}
