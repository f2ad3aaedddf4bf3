#include "sm/session/repeat.h"

bool repeat_take(struct repeats **repeats, struct duty *duty,
                 const struct frame *frame)
{
    void *earlier;

    if (!repeats_take(repeats, frame, duty, &duty->repeat, &earlier))
        return false;
    if (earlier)
        duty_take_over(earlier, duty);
    return true;
}
