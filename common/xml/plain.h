/* Looks over text that stands for itself, sixteen bytes at a time: bodies are
 * long, and every process on their way reads and writes them. */
#ifndef POSTHOUSE_XML_PLAIN_H
#define POSTHOUSE_XML_PLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef unsigned char xml_bytes __attribute__((vector_size(16)));

static inline bool xml_bytes_any(__typeof__((xml_bytes){0} == 0) matches)
{
    uint64_t halves[2];

    memcpy(halves, &matches, sizeof(halves));
    return (halves[0] | halves[1]) != 0;
}

/* Skip sixteen bytes at a time as long as none of them means more than itself;
 * less than sixteen are left to the caller. In text: & < > ] CR. */
static inline const char *xml_skip_text(const char *at, const char *end)
{
    for (; end - at >= 16; at += 16) {
        xml_bytes b;

        memcpy(&b, at, sizeof(b));
        if (xml_bytes_any((b == '&') | (b == '<') | (b == '>') | (b == ']') |
                          (b == '\r')))
            break;
    }
    return at;
}

/* In an attribute's value: quotes, tabs and line ends as well. */
static inline const char *xml_skip_value(const char *at, const char *end)
{
    for (; end - at >= 16; at += 16) {
        xml_bytes b;

        memcpy(&b, at, sizeof(b));
        if (xml_bytes_any((b == '&') | (b == '<') | (b == '>') | (b == '"') |
                          (b == '\'') | (b == '\t') | (b == '\n') |
                          (b == '\r')))
            break;
    }
    return at;
}

#endif
