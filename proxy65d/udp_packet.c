/* Datagrams and their fragments (RFC 1928 §7). */
#include <string.h>

#include "udp.h"

#define HEADER         (5u + SOCKS_KEY + 2u)
#define ADDRESS_DOMAIN 3
#define LAST_FRAGMENT  0x80u

bool udp_parse(struct udp_packet *packet, struct str bytes)
{
    const unsigned char *in = (const unsigned char *)bytes.p;
    const unsigned char *port = in + 5 + SOCKS_KEY;

    if (bytes.len < HEADER || in[0] != 0 || in[1] != 0 ||
        in[3] != ADDRESS_DOMAIN || in[4] != SOCKS_KEY ||
        !socks_read_key(packet->key, (struct str){bytes.p + 5, SOCKS_KEY}))
        return false;
    packet->fragment = in[2] & ~LAST_FRAGMENT;
    packet->is_last = (in[2] & LAST_FRAGMENT) != 0;
    packet->port = (uint16_t)(port[0] << 8 | port[1]);
    packet->data = (struct str){bytes.p + HEADER, bytes.len - HEADER};
    return packet->fragment > 0 || !packet->is_last;
}

static void abandon(struct udp_queue *queue)
{
    buf_reset(&queue->bytes);
    queue->highest = 0;
    queue->is_broken = false;
}

bool udp_queue_take(struct udp_queue *queue, const struct udp_packet *packet,
                    uint64_t now_ms, struct str *whole)
{
    if (packet->fragment == 0) {
        abandon(queue);
        *whole = packet->data;
        return true;
    }
    if (queue->highest && (packet->fragment <= queue->highest ||
                           now_ms - queue->started_ms >= UDP_REASSEMBLY_MS))
        abandon(queue);
    if (queue->highest == 0) {
        abandon(queue);
        queue->started_ms = now_ms;
    }
    if (packet->fragment != queue->highest + 1 ||
        buf_len(&queue->bytes) + packet->data.len > UDP_MAX_PAYLOAD)
        queue->is_broken = true;
    queue->highest = packet->fragment;
    if (!queue->is_broken)
        buf_add(&queue->bytes, packet->data);
    if (!packet->is_last)
        return false;
    *whole = buf_view(&queue->bytes);
    queue->highest = 0; /* the bytes stay until the next call */
    return !queue->is_broken && whole->len > 0;
}
