/* posthouse: brings a suite up, watches it, takes it down. */
#include "commands.h"

int main(int argc, char **argv)
{
    static int (*const commands[])(const struct options *options) = {
        [COMMAND_UP] = command_up,
        [COMMAND_DOWN] = command_down,
        [COMMAND_STATUS] = command_status,
    };
    struct options options;
    int status;

    if (options_read(&options, argc, argv, &status))
        status = commands[options.command](&options);
    options_clear(&options);
    return status;
}
