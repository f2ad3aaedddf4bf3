#include "heads.h"

#include <string.h>
#include <syslog.h>

#include "audit.h"
#include "ctl_statements.h"
#include "seal.h"

#define FILE_NAME    "heads"
#define LONGEST_LINE 512

/* A line of the file: what is signed, a blank, the signature. */
struct head {
    char time[32];
    long long writer;
    char month[8];
    long long number;
    char hash[65];
    char signature[128];
};

static struct str signed_text(struct ctl *ctl, const struct head *head)
{
    return arena_printf(&ctl->arena, "%s %lld %s %lld %s", head->time,
                        head->writer, head->month, head->number, head->hash);
}

static bool parse(struct head *head, const char *line)
{
    return sscanf(line, "%31s %lld %7s %lld %64s %127s", head->time,
                  &head->writer, head->month, &head->number, head->hash,
                  head->signature) == 6;
}

/* --- writing -------------------------------------------------------------- */

struct writing {
    struct ctl *ctl;
    struct seal *seal;
    FILE *file;
    bool to_syslog;
    bool is_fine;
};

static void on_head(void *ctx, const PGresult *row)
{
    struct writing *writing = ctx;
    struct ctl *ctl = writing->ctl;
    struct str text =
        arena_printf(&ctl->arena, "%s %s %s %s %s", PQgetvalue(row, 0, 0),
                     PQgetvalue(row, 0, 1), PQgetvalue(row, 0, 2),
                     PQgetvalue(row, 0, 3), PQgetvalue(row, 0, 4));
    struct str signature = seal_sign(ctl, writing->seal, text);

    writing->is_fine = writing->is_fine && signature.p &&
                       fprintf(writing->file, "%.*s %.*s\n", STR_ARG(text),
                               STR_ARG(signature)) > 0;
    if (writing->to_syslog)
        syslog(LOG_NOTICE, "audit-head %.*s %.*s", STR_ARG(text),
               STR_ARG(signature));
}

bool heads_write(struct ctl *ctl)
{
    struct writing writing = {
        .ctl = ctl,
        .seal = seal_open(ctl),
        .to_syslog = config_bool(ctl->config, "sm.audit-syslog"),
        .is_fine = true,
    };
    bool is_read;

    if (!writing.seal)
        return false;
    writing.file = fopen(seal_path(ctl, FILE_NAME), "ae");
    if (!writing.file) {
        ctl_refuse("%s cannot be written", seal_path(ctl, FILE_NAME));
        seal_free(writing.seal);
        return false;
    }
    openlog("posthouse", LOG_PID, LOG_AUTHPRIV);
    is_read = ctl_each(ctl, CTL_AUDIT_HEADS, NULL, on_head, &writing);
    if (fclose(writing.file) != 0 || !writing.is_fine) {
        ctl_refuse("%s cannot be written", seal_path(ctl, FILE_NAME));
        is_read = false;
    }
    seal_free(writing.seal);
    return is_read;
}

/* --- checking ------------------------------------------------------------- */

/* NULL: it is as it was. */
static const char *fault_of(struct ctl *ctl, struct seal *seal,
                            const struct head *head)
{
    char writer[24], number[24];
    const char *fault = NULL;
    PGresult *result;

    if (!seal_is_right(ctl, seal, signed_text(ctl, head),
                       str_of(head->signature)))
        return "the signature is wrong";
    result = ctl_run(ctl, CTL_AUDIT_LINK,
                     (struct str[]){db_number(writer, head->writer),
                                    str_of(head->month),
                                    db_number(number, head->number)});
    if (!result)
        return "the journal cannot be read";
    if (PQntuples(result) == 0)
        fault = "the link is gone";
    else if (strcmp(PQgetvalue(result, 0, 0), head->hash) != 0)
        fault = "the chain was written anew";
    PQclear(result);
    return fault;
}

void heads_check(struct ctl *ctl, const char *month, unsigned long *heads,
                 unsigned long *faults)
{
    FILE *file = fopen(seal_path(ctl, FILE_NAME), "re");
    struct seal *seal = seal_open_public(ctl);
    char line[LONGEST_LINE];
    struct head head;

    while (file && fgets(line, sizeof(line), file)) {
        const char *fault = "the head cannot be read";

        if (seal && parse(&head, line)) {
            if (month && strcmp(month, head.month) != 0)
                continue;
            fault = fault_of(ctl, seal, &head);
        }
        ++*heads;
        if (!fault)
            continue;
        ++*faults;
        fprintf(ctl_tell(ctl), "%s: %s", fault, line);
    }
    if (file)
        (void)fclose(file);
    seal_free(seal);
}
