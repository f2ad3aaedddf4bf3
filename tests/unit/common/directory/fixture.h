/* A company in memory, of example.com:
 *
 *   company            boss
 *   ├── sales          anna (its administrator), bert
 *   │   └── north      carl
 *   └── labs           dora, and bert, whose main department it is
 */
#ifndef POSTHOUSE_TEST_DIRECTORY_FIXTURE_H
#define POSTHOUSE_TEST_DIRECTORY_FIXTURE_H

#include "tests/unit/test.h"

#include "common/directory/directory.h"

#define DOMAIN "example.com"

struct company {
    struct directory *directory;
    struct config *config;
};

static inline void row(struct company *c, const char *kind, const char *name,
                       const char *key, const char *value, const char *flags)
{
    directory_add(c->directory,
                  &(struct directory_row){
                      .kind = str_of(kind), .domain = STR(DOMAIN),
                      .name = str_of(name), .key = str_of(key),
                      .value = str_of(value), .flags = str_of(flags)});
}

static inline void set_department(struct company *c, const char *department,
                                  const char *name, const char *value)
{
    row(c, "department-property", department, name, value, "");
}

static inline void set_account(struct company *c, const char *username,
                               const char *name, const char *value)
{
    row(c, "account-property", username, name, value, "");
}

static inline void set_server(struct company *c, const char *name,
                              const char *value)
{
    row(c, "server-property", "", name, value, "");
}

static inline void open_company(struct company *c)
{
    struct error error;

    c->directory = directory_new();
    c->config = config_parse("", &error);
    assert_non_null(c->config);
    row(c, "department", "company", NULL, "0", "");
    row(c, "department", "labs", "company", "2", "");
    row(c, "department", "north", "sales", "0", "");
    row(c, "department", "sales", "company", "1", "");
}

/* The people, behind the properties as the statement gives them. */
static inline void finish(struct company *c)
{
    row(c, "member", "anna", "sales", "Anna", "admin");
    row(c, "member", "bert", "labs", "Bert", "main");
    row(c, "member", "bert", "sales", "Bert", "");
    row(c, "member", "boss", "company", "Boss", "");
    row(c, "member", "carl", "north", "Carl", "");
    row(c, "member", "dora", "labs", "Dora", "");
    directory_finish(c->directory, c->config);
}

static inline void close_company(struct company *c)
{
    directory_free(c->directory);
    config_free(c->config);
}

static inline const struct directory_person *person(const struct company *c,
                                                    const char *username)
{
    char jid[64];

    snprintf(jid, sizeof(jid), "%s@" DOMAIN, username);
    return directory_find(c->directory, str_of(jid));
}

static inline const struct directory_department *
department(const struct company *c, const char *name)
{
    return directory_department(c->directory, STR(DOMAIN), str_of(name));
}

#endif
