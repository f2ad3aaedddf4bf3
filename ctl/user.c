#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/mail/mail.h"
#include "ctl.h"
#include "ctl_statements.h"
#include "directory.h"
#include "dry_run.h"
#include "file.h"
#include "verifiers.h"

/* Reads a line from standard input, without echo on a terminal. */
static bool ask_password(struct ctl *ctl, const char *prompt, struct str *password)
{
    struct termios old, silent;
    bool is_terminal = tcgetattr(STDIN_FILENO, &old) == 0;
    char line[1024];
    bool ok;

    if (is_terminal) {
        silent = old;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent); /* before he is asked */
        fputs(prompt, stderr);
    }
    ok = fgets(line, sizeof(line), stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
        fputc('\n', stderr);
    }
    if (ok) {
        line[strcspn(line, "\r\n")] = '\0';
        *password = arena_dup(&ctl->arena, str_of(line));
    }
    return ok && password->len > 0;
}

/* Who types one that nobody sees does so twice. False after a message. */
static bool read_password(struct ctl *ctl, struct str *password)
{
    struct str again;

    if (!ask_password(ctl, ctl_words("Password: "), password)) {
        ctl_refuse("no password was given");
        return false;
    }
    if (!isatty(STDIN_FILENO))
        return true;
    if (ask_password(ctl, ctl_words("Again: "), &again) && str_eq(*password, again))
        return true;
    ctl_refuse("the two passwords differ");
    return false;
}

/* Fills in the verifiers of the password that was given. False after a message.
 */
static bool make_verifiers(struct ctl *ctl, const struct jid *jid,
                           struct verifiers *v)
{
    const char *given = ctl_option(ctl, "--password");
    struct str password = given ? str_of(given) : STR_NONE;
    const char *fault;

    /* A dry run asks for none. */
    if (!given && !ctl->dry && !read_password(ctl, &password))
        return false;
    if (given && password.len == 0) {
        ctl_refuse("no password was given");
        return false;
    }
    verifiers_init(v, ctl->config, jid, password);
    if (ctl->dry)
        verifiers_pretend(v);
    else
        verifiers_derive(v);
    fault = given || !ctl->dry ? verifiers_fault(v) : NULL;
    if (fault)
        ctl_refuse("%s", fault);
    return !fault;
}

int user_add(struct ctl *ctl)
{
    struct str params[4 + VERIFIER_PARAMS];
    struct verifiers v;
    struct jid jid;
    const char *name = ctl_option(ctl, "--name");
    const char *email = ctl_option(ctl, "--email");
    long count;

    if (!ctl_account(ctl, ctl->argv[0], &jid) || !make_verifiers(ctl, &jid, &v))
        return EXIT_REFUSED;
    params[0] = jid.domain;
    params[1] = jid.local;
    params[2] = str_of(name ? name : "");
    params[3] = str_of(email ? email : "");
    memcpy(&params[4], v.params, sizeof(v.params));
    count = ctl_change(ctl, CTL_USER_ADD, params);
    arena_clear(&v.arena);
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

int user_passwd(struct ctl *ctl)
{
    struct str params[2 + VERIFIER_PARAMS];
    struct verifiers v;
    struct jid jid;
    long count;

    if (!ctl_account(ctl, ctl->argv[0], &jid) || !make_verifiers(ctl, &jid, &v))
        return EXIT_REFUSED;
    params[0] = jid.domain;
    params[1] = jid.local;
    memcpy(&params[2], v.params, sizeof(v.params));
    count = ctl_change(ctl, CTL_USER_PASSWD, params);
    arena_clear(&v.arena);
    if (count == 0)
        return ctl_refuse("there is no account %.*s", STR_ARG(jid.bare));
    return count > 0 && dry_run_concerns(ctl, jid.domain, STR_NONE, jid.bare)
               ? EXIT_SUCCESS
               : EXIT_REFUSED;
}

int user_del(struct ctl *ctl)
{
    struct jid jid;
    long count;

    if (!ctl_stored_account(ctl, ctl->argv[0], &jid))
        return EXIT_REFUSED;
    count = ctl_change(ctl, CTL_ACCOUNT_REMOVE,
                       (struct str[]){jid.domain, jid.local});
    if (count == 0)
        return ctl_refuse("there is no account %.*s", STR_ARG(jid.bare));
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

int user_list(struct ctl *ctl)
{
    const char *domain = ctl_option(ctl, "--domain");
    PGresult *result =
        ctl_run(ctl, CTL_USER_LIST, (struct str[]){str_of(domain)});

    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

/* Whether an account is one that its own name reaches. */
static bool is_address(const char *text)
{
    struct arena arena = {0};
    struct jid jid;
    bool is = jid_parse(&jid, &arena, str_of(text)) && str_is(jid.bare, text);

    arena_clear(&arena);
    return is;
}

int user_check(struct ctl *ctl)
{
    PGresult *result =
        ctl_run(ctl, CTL_USER_LIST,
                (struct str[]){str_of(ctl_option(ctl, "--domain"))});
    static const char *const columns[] = {"jid"};
    struct str *wrong;
    size_t count = 0;

    if (!result)
        return EXIT_REFUSED;
    wrong = arena_alloc(&ctl->arena,
                        ((size_t)PQntuples(result) + 1) * sizeof(*wrong));
    for (int row = 0; row < PQntuples(result); row++) {
        const char *jid = PQgetvalue(result, row, 0);

        if (!is_address(jid))
            wrong[count++] = str_of(jid);
    }
    ctl_print_cells(ctl, columns, 1, wrong, count);
    PQclear(result);
    if (count > 0)
        return ctl_refuse("%zu accounts have names that are no addresses "
                          "(RFC 7622)",
                          count);
    return EXIT_SUCCESS;
}

static void add_csv(struct buf *out, struct str text)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '"')
            buf_add_char(out, '"');
        buf_add_char(out, text.p[i]);
    }
    buf_add_char(out, '"');
}

static int export_csv(struct ctl *ctl, const char *path)
{
    PGresult *result;
    struct buf out = {0};
    bool ok;

    if (!ctl_connect(ctl, "posthouse_ctl"))
        return EXIT_REFUSED;
    result = ctl_run(ctl, CTL_EXPORT_ACCOUNTS,
                     (struct str[]){str_of(ctl_option(ctl, "--domain"))});
    if (!result)
        return EXIT_REFUSED;
    buf_add_text(&out, "jid,name,email,department\n");
    for (int row = 0; row < PQntuples(result); row++)
        for (int i = 0; i < PQnfields(result); i++) {
            add_csv(&out, str_of(PQgetvalue(result, row, i)));
            buf_add_char(&out, i + 1 < PQnfields(result) ? ',' : '\n');
        }
    ok = file_write(path, buf_view(&out));
    PQclear(result);
    buf_clear(&out);
    return ok ? EXIT_SUCCESS : EXIT_REFUSED;
}

int user_export(struct ctl *ctl)
{
    const char *path = ctl->argv[0], *dot = strrchr(path, '.');

    return dot && strcmp(dot, ".xml") == 0 ? xep0227_export(ctl, path)
                                           : export_csv(ctl, path);
}

int user_show(struct ctl *ctl)
{
    struct jid jid;
    PGresult *result;
    int rows;

    if (!ctl_account(ctl, ctl->argv[0], &jid))
        return EXIT_REFUSED;
    result = ctl_run(ctl, CTL_USER_SHOW, (struct str[]){jid.domain, jid.local});
    if (!result)
        return EXIT_REFUSED;
    rows = PQntuples(result);
    if (rows > 0)
        ctl_print(ctl, result);
    PQclear(result);
    return rows > 0 ? EXIT_SUCCESS
                    : ctl_refuse("there is no account %.*s", STR_ARG(jid.bare));
}

int user_change(struct ctl *ctl)
{
    const char *name = ctl_option(ctl, "--name");
    const char *email = ctl_option(ctl, "--email");
    struct jid jid;
    long count;

    if (!ctl_account(ctl, ctl->argv[0], &jid))
        return EXIT_REFUSED;
    if (email && email[0] && !mail_is_address(str_of(email)))
        return ctl_refuse("%s is no e-mail address", email);
    count = ctl_change(
        ctl, CTL_ACCOUNT_DETAILS,
        (struct str[]){jid.domain, jid.local, str_of(name), str_of(email)});
    if (count == 0)
        return ctl_refuse("there is no account %s", ctl->argv[0]);
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

static int set_enabled(struct ctl *ctl, bool is_enabled)
{
    struct jid jid;
    long count;

    if (!ctl_account(ctl, ctl->argv[0], &jid))
        return EXIT_REFUSED;
    count = ctl_change(
        ctl, CTL_ACCOUNT_ENABLE,
        (struct str[]){jid.domain, jid.local, db_boolean(is_enabled)});
    if (count == 0)
        return ctl_refuse("there is no account %s", ctl->argv[0]);
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

int user_disable(struct ctl *ctl)
{
    return set_enabled(ctl, false);
}

int user_enable(struct ctl *ctl)
{
    return set_enabled(ctl, true);
}
