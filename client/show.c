/* What people and scripts get to see. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/text/text.h"
#include "phchat.h"

/* Each event with its colour and its line; {key} stands for a field. */
struct look {
    const char *event;
    const char *colour;
    const char *line;
};

static const struct look looks[] = {
    {"online", "32", "You are online as {jid}."},
    {"registered", "32", "Registered {jid}."},
    {"message", "36", "{when}{from}: {body}"},
    {"history", "90", "{when}{from}: {body}"},
    {"sent", "0", "→ {to}: {body}"},
    {"room", "35", "{when}{from}: {body}"},
    {"occupant", "90", "{from} is {show}"},
    {"unread", "33", "({count} unread of {from}; /to {from})"},
    {"presence", "90", "{from} is {show}"},
    {"request", "33", "{from} asks to be your friend: /accept {from}"},
    {"friend", "32", "{from} is your friend now"},
    {"unfriend", "90", "{from} is no longer your friend"},
    {"contact", "0", "{mark} {group}/{name} <{jid}> {show}{unread}"},
    {"offer", "33", "{from} sends {name} ({size} bytes)"},
    {"progress", "90", "{name}: {done} of {size} bytes"},
    {"file", "32", "{name}: {size} bytes, {way}, {check}"},
    {"uploaded", "32", "{name}: {size} bytes, uploaded: {url}"},
    {"error", "31", "! {text}"},
    {"done", "32", "{text}"},
};

const char *in_words(const char *english)
{
    return text_in(text_default(), english);
}

/* What we say ourselves; the rest is said by others. */
static bool is_ours(const char *key)
{
    static const char *const keys[] = {"text", "show", "way", "check"};
    size_t i = 0;

    while (i < COUNT_OF(keys) && strcmp(keys[i], key) != 0)
        i++;
    return i < COUNT_OF(keys);
}

static const char *value_of(const struct shown *fields, size_t count,
                            const char *key, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(fields[i].key) == length &&
            strncmp(fields[i].key, key, length) == 0)
            return !fields[i].value         ? ""
                   : is_ours(fields[i].key) ? in_words(fields[i].value)
                                            : fields[i].value;
    return "";
}

size_t steering_length(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;

    if (c[0] < ' ' || c[0] == 0x7f)
        return c[0] ? 1 : 0;
    if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
        return 2;
    if (c[0] == 0xe2 && ((c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) ||
                         (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9)))
        return 3;
    return 0;
}

/* Foreign text must not steer the terminal. */
static void print_plain(const char *text)
{
    while (*text) {
        size_t skipped = steering_length(text);

        if (*text == '\n' || *text == '\t')
            putchar(' ');
        else if (skipped == 0)
            putchar(*text);
        text += skipped ? skipped : 1;
    }
}

static void print_json_text(const char *text)
{
    putchar('"');
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            printf("\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            printf("\\u%04x", *c);
        else
            putchar(*c);
    }
    putchar('"');
}

static void print_json(const char *event, const struct shown *fields,
                       size_t count)
{
    fputs("{\"event\": ", stdout);
    print_json_text(event);
    for (size_t i = 0; i < count; i++) {
        fputs(", ", stdout);
        print_json_text(fields[i].key);
        fputs(": ", stdout);
        print_json_text(fields[i].value ? fields[i].value : "");
    }
    puts("}");
}

static void print_line(const struct look *look, const struct shown *fields,
                       size_t count)
{
    for (const char *c = in_words(look->line); *c; c++) {
        const char *end = *c == '{' ? strchr(c, '}') : NULL;

        if (!end) {
            putchar(*c);
            continue;
        }
        print_plain(value_of(fields, count, c + 1, (size_t)(end - c - 1)));
        c = end;
    }
}

static void print_for_people(const struct look *look,
                             const struct shown *fields, size_t count,
                             bool is_terminal)
{
    time_t now = time(NULL);
    struct tm local;
    char clock[16] = "";

    if (localtime_r(&now, &local))
        (void)strftime(clock, sizeof(clock), "%H:%M", &local);
    if (is_terminal)
        printf("\033[90m%s\033[0m \033[%sm", clock, look->colour);
    print_line(look, fields, count);
    fputs(is_terminal ? "\033[0m\n" : "\n", stdout);
}

void show(struct app *app, const char *event, const struct shown *fields,
          size_t count)
{
    editor_hide(&app->editor);
    if (app->options.json)
        print_json(event, fields, count);
    for (size_t i = 0; !app->options.json && i < COUNT_OF(looks); i++)
        if (strcmp(looks[i].event, event) == 0)
            print_for_people(&looks[i], fields, count, app->editor.is_terminal);
    (void)fflush(stdout);
    if (app->is_interactive)
        editor_show(&app->editor);
}

void show_progress(struct app *app, const char *name, uint64_t done,
                   uint64_t all)
{
    unsigned part = all ? (unsigned)(done * 30 / all) : 30;

    if (app->options.json || !app->editor.is_terminal)
        return;
    printf("\r\033[K%.30s [%.*s%*s] %u %%", name, (int)part,
           "##############################", (int)(30 - part), "",
           all ? (unsigned)(done * 100 / all) : 100);
    (void)fflush(stdout);
    app->editor.is_visible = true;
}
