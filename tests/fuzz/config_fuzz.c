/* Any text: read, or refused with a reason. */
#include <stdlib.h>

#include "common/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = {{0}};
    char *text = str_dup_heap((struct str){(const char *)data, size});
    struct config *config = config_parse(text, &error);

    if (!config && !error.text[0])
        abort();
    config_free(config);
    free(text);
    return 0;
}
