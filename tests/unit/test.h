/* What every unit test includes: cmocka behind its odd prerequisites. */
#ifndef POSTHOUSE_TEST_H
#define POSTHOUSE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem/mem.h"

/* Compares a slice with a literal and shows both when they differ. */
#define assert_str(slice, text)                                               \
    do {                                                                      \
        struct str slice_ = (slice);                                          \
        char *copy_ = str_dup_heap(slice_);                                   \
        assert_string_equal(copy_, text);                                     \
        free(copy_);                                                          \
    } while (0)

#endif
