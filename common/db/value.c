#include <stdio.h>

#include "db.h"

struct str db_number(char into[24], int64_t value)
{
    int length = snprintf(into, 24, "%lld", (long long)value);

    return (struct str){into, (size_t)length};
}

struct str db_boolean(bool value)
{
    return value ? STR("true") : STR("false");
}
