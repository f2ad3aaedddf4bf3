/* Any bytes in pieces of any size: the handshake ends in a key of 40 digits or
 * a refusal, and never asks for more than a request has. Then the same bytes as
 * a datagram. */
#include <stdlib.h>
#include <string.h>

#include "proxy65d/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void shake_hands(const uint8_t *data, size_t size, size_t piece)
{
    struct socks socks = {0};
    struct buf answer = {0};
    size_t at = 0, wanted;

    while (at < size && (wanted = socks_wants(&socks)) > 0) {
        size_t count = wanted < piece ? wanted : piece;

        if (count > size - at)
            count = size - at;
        if (wanted > sizeof(socks.in))
            abort();
        socks_take(&socks, (struct str){(const char *)data + at, count}, true,
                   &answer);
        at += count;
    }
    if (socks.state == SOCKS_ASKED && strlen(socks.key) != SOCKS_KEY)
        abort();
    buf_clear(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct udp_packet packet;
    struct udp_queue queue = {0};
    struct str whole;

    shake_hands(data, size, 1);
    shake_hands(data, size, 300);
    for (int i = 0; i < 3; i++)
        if (udp_parse(&packet, (struct str){(const char *)data, size}) &&
            udp_queue_take(&queue, &packet, (uint64_t)i, &whole) &&
            whole.len > UDP_MAX_PAYLOAD && packet.fragment)
            abort();
    buf_clear(&queue.bytes);
    return 0;
}
