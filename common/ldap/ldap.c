#include "ldap.h"

#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define MAX_ATTRIBUTES 8
#define MAX_PAGE       1000
#define MAX_PASSWORD   1024

struct ldap_source {
    const struct config *config;
    LDAP *service; /* bound as ldap.bind-dn */
    LDAP *people;  /* bound as whoever is checked last */
    char password[MAX_PASSWORD];
};

/* The first line of the file is the password of the service. */
static bool read_password(struct ldap_source *source, struct error *error)
{
    struct str path = config_str(source->config, "ldap.bind-password-file");
    char *name;
    FILE *file;

    if (!path.len)
        return true;
    name = str_dup_heap(path);
    file = fopen(name, "r");
    if (!file || !fgets(source->password, sizeof(source->password), file))
        error_set(error, "ldap.bind-password-file: %s cannot be read", name);
    else
        source->password[strcspn(source->password, "\r\n")] = '\0';
    if (file)
        fclose(file);
    free(name);
    return !error->text[0];
}

struct ldap_source *ldap_source_open(const struct config *config,
                                     struct error *error)
{
    struct ldap_source *source = NEW(struct ldap_source);

    source->config = config;
    if (read_password(source, error))
        return source;
    free(source);
    return NULL;
}

static void unbind(LDAP **connection)
{
    if (*connection)
        (void)ldap_unbind_ext_s(*connection, NULL, NULL);
    *connection = NULL;
}

void ldap_source_close(struct ldap_source *source)
{
    if (!source)
        return;
    unbind(&source->service);
    unbind(&source->people);
    explicit_bzero(source->password, sizeof(source->password));
    free(source);
}

/* --- connections ---------------------------------------------------------- */

static bool set_options(const struct config *config, LDAP *connection)
{
    int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, client = 0;
    struct timeval timeout = {.tv_sec =
                                  (time_t)config_int(config, "ldap.timeout")};
    struct str ca = config_str(config, "ldap.ca-file");
    char *file = ca.len ? str_dup_heap(ca) : NULL;
    bool ok =
        ldap_set_option(connection, LDAP_OPT_PROTOCOL_VERSION, &version) == 0 &&
        ldap_set_option(connection, LDAP_OPT_NETWORK_TIMEOUT, &timeout) == 0 &&
        ldap_set_option(connection, LDAP_OPT_TIMEOUT, &timeout) == 0 &&
        ldap_set_option(connection, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == 0 &&
        ldap_set_option(connection, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) ==
            0 &&
        (!file ||
         ldap_set_option(connection, LDAP_OPT_X_TLS_CACERTFILE, file) == 0) &&
        ldap_set_option(connection, LDAP_OPT_X_TLS_NEWCTX, &client) == 0;

    free(file);
    return ok;
}

static LDAP *connect_to(const struct config *config)
{
    char *uri = str_dup_heap(config_str(config, "ldap.uri"));
    LDAP *connection = NULL;
    bool ok = ldap_initialize(&connection, uri) == LDAP_SUCCESS &&
              set_options(config, connection) &&
              (!config_bool(config, "ldap.starttls") ||
               ldap_start_tls_s(connection, NULL, NULL) == LDAP_SUCCESS);

    free(uri);
    if (!ok)
        unbind(&connection);
    return connection;
}

static int bind_as(LDAP *connection, const char *dn, const char *password,
                   size_t length)
{
    struct berval secret = {.bv_val = (char *)(uintptr_t)password,
                            .bv_len = length};

    return ldap_sasl_bind_s(connection, dn, LDAP_SASL_SIMPLE, &secret, NULL,
                            NULL, NULL);
}

static bool connect_service(struct ldap_source *source)
{
    char *dn;
    int result;

    if (source->service)
        return true;
    source->service = connect_to(source->config);
    if (!source->service)
        return false;
    dn = str_dup_heap(config_str(source->config, "ldap.bind-dn"));
    result = dn[0] ? bind_as(source->service, dn, source->password,
                             strlen(source->password))
                   : LDAP_SUCCESS;
    free(dn);
    if (result != LDAP_SUCCESS)
        unbind(&source->service);
    return source->service != NULL;
}

/* --- one person ----------------------------------------------------------- */

/* Sets *dn (heap) to the one entry, or to NULL when there is none, or several.
 * False: the directory does not answer. */
static bool find_person(struct ldap_source *source, struct str username,
                        char **dn)
{
    const struct config *config = source->config;
    struct arena arena = {0};
    struct str base = config_str(config, "ldap.base");
    struct str filter =
        ldap_filter(&arena, config_str(config, "ldap.user-filter"), username);
    char *none[] = {(char *)(uintptr_t)LDAP_NO_ATTRS, NULL};
    LDAPMessage *found = NULL;
    int result = ldap_search_ext_s(source->service, arena_dup(&arena, base).p,
                                   LDAP_SCOPE_SUBTREE, filter.p, none, 0, NULL,
                                   NULL, NULL, 2, &found);

    *dn = NULL;
    if (result == LDAP_SUCCESS &&
        ldap_count_entries(source->service, found) == 1)
        *dn = ldap_get_dn(source->service,
                          ldap_first_entry(source->service, found));
    ldap_msgfree(found);
    arena_clear(&arena);
    return result == LDAP_SUCCESS || result == LDAP_SIZELIMIT_EXCEEDED ||
           result == LDAP_NO_SUCH_OBJECT;
}

/* A name that nobody has, of the usual length. */
static char *nobody(const struct config *config)
{
    struct arena arena = {0};
    struct str base = config_str(config, "ldap.base");
    char *dn = str_dup_heap(arena_printf(
        &arena, "cn=5f1c0a77-nobody-posthouse,%.*s", STR_ARG(base)));

    arena_clear(&arena);
    return dn;
}

static enum ldap_verdict bind_person(struct ldap_source *source, const char *dn,
                                     struct str password)
{
    int result;

    if (!source->people)
        source->people = connect_to(source->config);
    if (!source->people)
        return LDAP_DOWN;
    result = bind_as(source->people, dn, password.p, password.len);
    switch (result) {
    case LDAP_SUCCESS:
        return LDAP_RIGHT;
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_UNWILLING_TO_PERFORM:
        return LDAP_WRONG;
    default:
        unbind(&source->people);
        return LDAP_DOWN;
    }
}

static enum ldap_verdict try_once(struct ldap_source *source,
                                  struct str username, struct str password)
{
    char *dn = NULL, *other;
    enum ldap_verdict verdict;

    if (!connect_service(source))
        return LDAP_DOWN;
    if (!find_person(source, username, &dn)) {
        unbind(&source->service);
        return LDAP_DOWN;
    }
    other = dn ? NULL : nobody(source->config);
    verdict = bind_person(source, dn ? dn : other, password);
    if (!dn && verdict == LDAP_RIGHT)
        verdict = LDAP_WRONG;
    ldap_memfree(dn);
    free(other);
    return verdict;
}

enum ldap_verdict ldap_source_check(struct ldap_source *source,
                                    struct str username, struct str password)
{
    bool was_connected = source->service || source->people;
    enum ldap_verdict verdict;

    /* A bind without a password succeeds for everybody (RFC 4513 §5.1.2). */
    if (!password.len || !username.len)
        return LDAP_WRONG;
    verdict = try_once(source, username, password);
    /* The directory may have closed connections that were idle. */
    return verdict == LDAP_DOWN && was_connected
               ? try_once(source, username, password)
               : verdict;
}

/* --- all of them ---------------------------------------------------------- */

static struct str *copy_values(struct arena *arena, struct berval **values)
{
    int count = ldap_count_values_len(values);
    struct str *copies =
        arena_alloc(arena, ((size_t)count + 1) * sizeof(*copies));

    for (int i = 0; i < count; i++)
        copies[i] = arena_dup(
            arena, (struct str){values[i]->bv_val, values[i]->bv_len});
    return copies;
}

static void visit_entry(LDAP *connection, LDAPMessage *entry,
                        const char *const *attributes, struct arena *arena,
                        ldap_visit *visit, void *ctx)
{
    const struct str *values[MAX_ATTRIBUTES] = {0};
    char *dn = ldap_get_dn(connection, entry);

    for (size_t i = 0; i < MAX_ATTRIBUTES && attributes[i]; i++) {
        struct berval **found =
            ldap_get_values_len(connection, entry, attributes[i]);

        values[i] = copy_values(arena, found);
        ldap_value_free_len(found);
    }
    if (dn)
        visit(ctx, &(struct ldap_entry){str_of(dn), values});
    ldap_memfree(dn);
}

/* Takes the cookie out of the answer's controls; absent: that was the last
 * page. */
static int next_page(LDAP *connection, LDAPMessage *page,
                     struct berval **cookie)
{
    LDAPControl **controls = NULL, *paged;
    struct berval fresh = {0};
    ber_int_t estimate;
    int code = LDAP_OTHER;
    int result = ldap_parse_result(connection, page, &code, NULL, NULL, NULL,
                                   &controls, 0);

    ber_bvfree(*cookie);
    *cookie = NULL;
    if (result == LDAP_SUCCESS)
        result = code;
    paged = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    if (paged &&
        ldap_parse_pageresponse_control(connection, paged, &estimate, &fresh) ==
            LDAP_SUCCESS &&
        fresh.bv_len)
        *cookie = ber_bvdup(&fresh);
    ber_memfree(fresh.bv_val);
    ldap_controls_free(controls);
    return result;
}

static int read_page(struct ldap_source *source, const char *base,
                     const char *filter, const char *const *attributes,
                     struct berval **cookie, ldap_visit *visit, void *ctx)
{
    LDAPControl *paging = NULL, *controls[2] = {NULL, NULL};
    LDAPMessage *page = NULL, *entry;
    struct arena arena = {0};
    int result = ldap_create_page_control(source->service, MAX_PAGE, *cookie, 0,
                                          &paging);

    controls[0] = paging;
    if (result == LDAP_SUCCESS)
        result = ldap_search_ext_s(source->service, base, LDAP_SCOPE_SUBTREE,
                                   filter, (char **)(uintptr_t)attributes, 0,
                                   controls, NULL, NULL, 0, &page);
    for (entry = ldap_first_entry(source->service, page);
         result == LDAP_SUCCESS && entry;
         entry = ldap_next_entry(source->service, entry)) {
        visit_entry(source->service, entry, attributes, &arena, visit, ctx);
        arena_reset(&arena);
    }
    if (result == LDAP_SUCCESS)
        result = next_page(source->service, page, cookie);
    ldap_msgfree(page);
    ldap_control_free(paging);
    arena_clear(&arena);
    return result;
}

bool ldap_source_search(struct ldap_source *source, struct str base,
                        struct str filter, const char *const *attributes,
                        ldap_visit *visit, void *ctx, struct error *error)
{
    char *base_text = str_dup_heap(base), *filter_text = str_dup_heap(filter);
    struct berval *cookie = NULL;
    int result = LDAP_SERVER_DOWN;

    if (connect_service(source))
        do
            result = read_page(source, base_text, filter_text, attributes,
                               &cookie, visit, ctx);
        while (result == LDAP_SUCCESS && cookie);
    ber_bvfree(cookie);
    free(base_text);
    free(filter_text);
    return result == LDAP_SUCCESS ||
           error_set(error, "LDAP: %s", ldap_err2string(result));
}
