/* An export is a folder that proves itself: the lines with their hashes, the
 * chain from the first to the last of them, the signed heads, a list of the
 * files' hashes, and its signature. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit.h"
#include "common/codec/codec.h"
#include "ctl_statements.h"
#include "seal.h"

#define LINES  "lines.jsonl"
#define CHAIN  "chain.jsonl"
#define HEADS  "heads"
#define PUBLIC "seal.pub"
#define SUMS   "SHA256SUMS"

struct export
{
    struct ctl *ctl;
    const char *folder;
    FILE *file; /* the one that is being written */
    unsigned long lines;
    char first_id[24], last_id[24];
};

static const char *path_of(const struct export *export, const char *name)
{
    return arena_printf(&export->ctl->arena, "%s/%s", export->folder, name).p;
}

static bool begin_file(struct export *export, const char *name)
{
    export->file = fopen(path_of(export, name), "wxe");
    if (!export->file)
        ctl_refuse("%s: %s", path_of(export, name), strerror(errno));
    return export->file != NULL;
}

static bool end_file(struct export *export, bool is_fine)
{
    if (fclose(export->file) == 0 && is_fine)
        return true;
    ctl_refuse("the export could not be written");
    return false;
}

/* A row as one JSON object, by the names of its columns. */
static void write_row(FILE *file, const PGresult *row)
{
    fputc('{', file);
    for (int i = 0; i < PQnfields(row); i++) {
        fputs(i ? ", " : "", file);
        ctl_write_json_text(file, PQfname(row, i));
        fputs(": ", file);
        if (PQgetisnull(row, 0, i))
            fputs("null", file);
        else
            ctl_write_json_text(file, PQgetvalue(row, 0, i));
    }
    fputs("}\n", file);
}

static void on_line(void *ctx, const PGresult *row)
{
    struct export *export = ctx;

    if (export->lines++ == 0)
        snprintf(export->first_id, sizeof(export->first_id), "%s",
                 PQgetvalue(row, 0, 0));
    snprintf(export->last_id, sizeof(export->last_id), "%s",
             PQgetvalue(row, 0, 0));
    write_row(export->file, row);
}

static void on_link(void *ctx, const PGresult *row)
{
    const struct export *export = ctx;

    write_row(export->file, row);
}

static bool write_rows(struct export *export, const char *name,
                       size_t statement, const struct str *params,
                       ctl_visit *visit)
{
    return begin_file(export, name) &&
           end_file(export,
                    ctl_each(export->ctl, statement, params, visit, export) &&
                        !ferror(export->file));
}

/* What is not there yet is left out. */
static bool copy(struct export *export, const char *name)
{
    FILE *from = fopen(seal_path(export->ctl, name), "re");
    char bytes[4096];
    size_t count;
    bool is_fine = true;

    if (!from)
        return true;
    if (!begin_file(export, name)) {
        (void)fclose(from);
        return false;
    }
    while ((count = fread(bytes, 1, sizeof(bytes), from)) > 0)
        is_fine = is_fine && fwrite(bytes, 1, count, export->file) == count;
    (void)fclose(from);
    return end_file(export, is_fine);
}

static bool hash_file(const char *path, unsigned char hash[AUDIT_HASH_BYTES])
{
    FILE *file = fopen(path, "re");
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    char bytes[65536];
    size_t count;
    bool is_fine = file && ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);

    while (is_fine && (count = fread(bytes, 1, sizeof(bytes), file)) > 0)
        is_fine = EVP_DigestUpdate(ctx, bytes, count) == 1;
    is_fine = is_fine && EVP_DigestFinal_ex(ctx, hash, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    if (file)
        (void)fclose(file);
    return is_fine;
}

/* The format of sha256sum. */
static void add_sum(struct export *export, struct buf *sums, const char *name)
{
    unsigned char hash[AUDIT_HASH_BYTES];
    struct str bytes = {(const char *)hash, sizeof(hash)};

    if (hash_file(path_of(export, name), hash))
        buf_printf(sums, "%.*s  %s\n",
                   STR_ARG(hex_encode(&export->ctl->arena, bytes)), name);
}

static bool write_text(struct export *export, const char *name, struct str text)
{
    return begin_file(export, name) &&
           end_file(export,
                    fwrite(text.p, 1, text.len, export->file) == text.len);
}

static bool seal(struct export *export)
{
    static const char *const files[] = {LINES, CHAIN, HEADS, PUBLIC};
    struct seal *key = seal_open(export->ctl);
    struct buf sums = {0};
    struct str signature;
    bool is_sealed;

    if (!key || !copy(export, HEADS) || !copy(export, PUBLIC)) {
        seal_free(key);
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(files); i++)
        add_sum(export, &sums, files[i]);
    signature = seal_sign(export->ctl, key, buf_view(&sums));
    is_sealed = signature.p && write_text(export, SUMS, buf_view(&sums)) &&
                write_text(export, SUMS ".sig", signature);
    buf_clear(&sums);
    seal_free(key);
    return is_sealed;
}

int audit_export(struct ctl *ctl)
{
    struct export export = {.ctl = ctl, .folder = ctl->argv[0]};
    struct audit_reading reading;
    const struct audit_filter *filter = &reading.filter;

    if (!audit_reading_begin(ctl, "export", STR_NONE, &reading))
        return EXIT_REFUSED;
    if (mkdir(export.folder, 0700) != 0)
        return ctl_refuse("%s: %s", export.folder, strerror(errno));
    if (!write_rows(&export, LINES, CTL_AUDIT_EXPORT,
                    (struct str[]){filter->person, filter->domain,
                                   filter->department, filter->from,
                                   filter->until, filter->word, STR_NONE},
                    on_line) ||
        !write_rows(
            &export, CHAIN, CTL_AUDIT_EXPORT_CHAIN,
            (struct str[]){str_of(export.first_id), str_of(export.last_id)},
            on_link) ||
        !seal(&export))
        return EXIT_REFUSED;
    printf(ctl->json ? "{\"lines\": %lu}\n" : "%lu lines\n", export.lines);
    return EXIT_SUCCESS;
}
