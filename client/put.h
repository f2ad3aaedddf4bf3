/* One PUT of a file over HTTPS, step by step (libcurl). */
#ifndef POSTHOUSE_CLIENT_PUT_H
#define POSTHOUSE_CLIENT_PUT_H

#include "common/mem/mem.h"

struct put;
enum put_result { PUT_GOES_ON, PUT_DONE, PUT_FAILED };

/* To an https URL; others fail. `file` stays the caller's, and is read from its
 * beginning. ca_file: NULL for the system's authorities. */
struct put *put_new(const char *url, int file, uint64_t size,
                    const char *ca_file);
/* A header of the slot: those that XEP-0363 §4 allows are sent, without line
 * ends; others are left out. */
void put_add_header(struct put *put, const char *name, const char *value);
/* Begins. */
void put_start(struct put *put);
/* Does what can be done now. PUT_FAILED: *why tells, as long as the put lives.
 */
enum put_result put_step(struct put *put, const char **why);
/* Bytes that have been sent. */
uint64_t put_done(const struct put *put);
/* NULL is allowed. */
void put_free(struct put *put);

#endif
