/* What a scanner answers (webd/scanner.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "webd/scanner.h"

static void answers_are_read(void **state)
{
    static const struct {
        const char *answer;
        enum scan_result result;
        const char *verdict;
    } examples[] = {
        {"stream: OK", SCAN_CLEAN, ""},
        {"stream: OK\n", SCAN_CLEAN, ""},
        {"stream: Eicar-Test-Signature FOUND", SCAN_FOUND,
         "Eicar-Test-Signature"},
        {"stream:  FOUND", SCAN_FAILED, "stream:  FOUND"},
        {"INSTREAM size limit exceeded. ERROR", SCAN_FAILED,
         "INSTREAM size limit exceeded. ERROR"},
        {"stream: OK FOUND OK", SCAN_FAILED, "stream: OK FOUND OK"},
        {"", SCAN_FAILED, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        char verdict[SCAN_VERDICT] = "";

        assert_int_equal(scan_read_answer(str_of(examples[i].answer), verdict),
                         examples[i].result);
        assert_string_equal(verdict, examples[i].verdict);
    }
}

static void without_a_scanner_there_is_no_answer(void **state)
{
    char verdict[SCAN_VERDICT] = "";

    (void)state;
    assert_int_equal(
        scan_file("/nonexistent/clamd.sock", -1, 0, 10, 1, verdict),
        SCAN_FAILED);
    assert_string_equal(verdict, "No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_read),
        cmocka_unit_test(without_a_scanner_there_is_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
