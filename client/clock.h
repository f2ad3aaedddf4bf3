#ifndef POSTHOUSE_CLIENT_CLOCK_H
#define POSTHOUSE_CLIENT_CLOCK_H

/* Milliseconds of the monotonic clock. */
long clock_ms(void);

#endif
