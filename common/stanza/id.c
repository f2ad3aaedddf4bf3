#include "stanza.h"

#include "../codec/codec.h"

struct str stanza_new_id(struct arena *arena)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    unsigned char noise[16];
    char *text = arena_bytes(arena, sizeof(noise) + 1);

    random_bytes(noise, sizeof(noise));
    for (size_t i = 0; i < sizeof(noise); i++)
        text[i] = letters[noise[i] % (sizeof(letters) - 1)];
    text[sizeof(noise)] = '\0';
    return (struct str){text, sizeof(noise)};
}
