/* The authoritative server's part of dialback (XEP-0220 §2.2.2): whether a key
 * that somebody was shown is one of ours. */
#include "dialback.h"
#include "stream.h"

void authority_answer(struct stream *stream, const struct xml *verify)
{
    struct s2sd *s2sd = stream->s2sd;
    struct str receiving =
        jid_prep_domain(&stream->arena, xml_get(verify, "from"));
    struct str ours = jid_prep_domain(&stream->arena, xml_get(verify, "to"));
    struct str id = xml_get(verify, "id");
    struct str expected;

    if (!receiving.p || !ours.p || !id.p) {
        stream_end(stream, "improper-addressing", NULL);
        return;
    }
    if (!s2sd_is_ours(s2sd, ours)) {
        stream_say_dialback_error(stream, "verify", ours, receiving, id,
                                  "item-not-found");
        return;
    }
    expected = dialback_key(&stream->arena, s2sd->secret, receiving, ours, id);
    stream_say_dialback(
        stream, "verify", ours, receiving, id,
        str_eq_constant_time(expected, xml_text(verify)) ? "valid" : "invalid",
        STR_NONE);
}
