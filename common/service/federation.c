#include "../jid/jid.h"
#include "service.h"

struct str federation_address(char into[32], struct str domain)
{
    return address_write(into, ADDRESS_S2S,
                         jid_shard(domain) % FEDERATION_ADDRESSES);
}
