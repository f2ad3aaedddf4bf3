/* Any bytes as a parcel: every stanza lies within it, all of them fill it, and
 * what was read writes the same again. */
#include <stdlib.h>

#include "common/link/parcel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void take_apart(struct parcel_text text, struct str body)
{
    const char *end = body.p + body.len;
    size_t total = text.stanzas.len, taken = 0;
    uint64_t sid, n;
    struct str stanza;

    while (parcel_next_receiver(&text.to, &sid, &n))
        ;
    while (parcel_next_stanza(&text, &stanza)) {
        must(stanza.p >= body.p && stanza.len <= (size_t)(end - stanza.p));
        must(parcel_head(stanza) <= stanza.len);
        taken += stanza.len;
    }
    must(taken <= total);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = {(const char *)data, size};
    struct parcel_text text, again;
    struct buf out = {0};

    if (!parcel_read(body, &text)) {
        (void)parcel_head(body);
        return 0;
    }
    must(parcel_is(body));
    take_apart(text, body);
    parcel_write(&out, &text);
    must(parcel_read(buf_view(&out), &again));
    must(str_eq(text.to, again.to) && str_eq(text.lens, again.lens) &&
         str_eq(text.stanzas, again.stanzas));
    buf_clear(&out);
    return 0;
}
