#include "editor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "common/mem/mem.h"

void editor_open(struct editor *editor)
{
    struct termios raw;

    editor->is_terminal =
        isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &editor->saved) == 0;
    if (!editor->is_terminal)
        return;
    raw = editor->saved;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    editor_show(editor);
}

void editor_close(struct editor *editor)
{
    editor_hide(editor);
    if (editor->is_terminal)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &editor->saved);
    for (size_t i = 0; i < editor->history_count; i++)
        free(editor->history[i]);
    editor->history_count = 0;
}

/* --- the screen ----------------------------------------------------------- */

static int width_of(wchar_t c)
{
    int width = wcwidth(c);

    return width < 0 ? 0 : width;
}

static int columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10
               ? size.ws_col
               : 80;
}

/* Only the part around the cursor is shown of a line that is too long. */
static size_t first_shown(const struct editor *editor, int room)
{
    size_t first = editor->at;
    int used = 0;

    while (first > 0) {
        used += width_of(editor->line[first - 1]);
        if (used >= room)
            break;
        first--;
    }
    return first;
}

void editor_show(struct editor *editor)
{
    int room = columns() - (int)strlen(editor->prompt) - 4;
    size_t first;
    int used = 0, behind = 0;

    if (!editor->is_terminal)
        return;
    first = first_shown(editor, room);
    printf("\r\033[K\033[1m%s>\033[0m ", editor->prompt);
    for (size_t i = first; i < editor->length; i++) {
        int width = width_of(editor->line[i]);

        if (used + width > room)
            break;
        used += width;
        if (i >= editor->at)
            behind += width;
        printf("%lc", (wint_t)editor->line[i]);
    }
    if (behind > 0)
        printf("\033[%dD", behind);
    (void)fflush(stdout);
    editor->is_visible = true;
}

void editor_hide(struct editor *editor)
{
    if (!editor->is_terminal || !editor->is_visible)
        return;
    fputs("\r\033[K", stdout);
    editor->is_visible = false;
}

void editor_set_prompt(struct editor *editor, const char *prompt)
{
    (void)snprintf(editor->prompt, sizeof(editor->prompt), "%.40s", prompt);
    editor_show(editor);
}

/* --- editing -------------------------------------------------------------- */

static void insert(struct editor *editor, wchar_t c)
{
    if (editor->length + 1 >= EDITOR_MAX)
        return;
    wmemmove(&editor->line[editor->at + 1], &editor->line[editor->at],
             editor->length - editor->at);
    editor->line[editor->at++] = c;
    editor->length++;
}

/* Takes the character in front of the cursor out. */
static void erase(struct editor *editor)
{
    if (editor->at == 0)
        return;
    wmemmove(&editor->line[editor->at - 1], &editor->line[editor->at],
             editor->length - editor->at);
    editor->at--;
    editor->length--;
}

static void recall(struct editor *editor, bool older)
{
    const wchar_t *line;

    if (older ? editor->history_at == 0
              : editor->history_at + 1 > editor->history_count)
        return;
    editor->history_at =
        older ? editor->history_at - 1 : editor->history_at + 1;
    line = editor->history_at < editor->history_count
               ? editor->history[editor->history_at]
               : L"";
    editor->length = editor->at = wcslen(line);
    wmemcpy(editor->line, line, editor->length);
}

static void remember(struct editor *editor)
{
    editor->line[editor->length] = L'\0';
    if (editor->length > 0) {
        if (editor->history_count == EDITOR_HISTORY) {
            free(editor->history[0]);
            memmove(&editor->history[0], &editor->history[1],
                    (EDITOR_HISTORY - 1) * sizeof(wchar_t *));
            editor->history_count--;
        }
        editor->history[editor->history_count++] = wcsdup(editor->line);
    }
    editor->history_at = editor->history_count;
}

static char *finish(struct editor *editor)
{
    size_t size = (editor->length + 1) * 4 + 1;
    char *text = mem_alloc(size);

    remember(editor);
    if (wcstombs(text, editor->line, size) == (size_t)-1)
        text[0] = '\0';
    editor->length = editor->at = 0;
    editor_hide(editor);
    return text;
}

/* --- what is typed -------------------------------------------------------- */

static void take_escape(struct editor *editor, char byte)
{
    if (editor->escape == 1) {
        editor->escape = byte == '[' || byte == 'O' ? 2 : 0;
        return;
    }
    if (byte >= '0' && byte <= '9') {
        editor->parameter = byte;
        return;
    }
    editor->escape = 0;
    if (byte == 'A' || byte == 'B')
        recall(editor, byte == 'A');
    else if (byte == 'C' && editor->at < editor->length)
        editor->at++;
    else if (byte == 'D' && editor->at > 0)
        editor->at--;
    else if (byte == 'H')
        editor->at = 0;
    else if (byte == 'F')
        editor->at = editor->length;
    else if (byte == '~' && editor->parameter == '3' &&
             editor->at < editor->length) {
        editor->at++;
        erase(editor);
    }
}

static void take_control(struct editor *editor, char byte, bool *over)
{
    switch (byte) {
    case 1: /* Ctrl-A */
        editor->at = 0;
        break;
    case 5: /* Ctrl-E */
        editor->at = editor->length;
        break;
    case 21: /* Ctrl-U */
        editor->at = editor->length = 0;
        break;
    case 23: /* Ctrl-W */
        while (editor->at > 0 && editor->line[editor->at - 1] == L' ')
            erase(editor);
        while (editor->at > 0 && editor->line[editor->at - 1] != L' ')
            erase(editor);
        break;
    case 8:
    case 127:
        erase(editor);
        break;
    case 27:
        editor->escape = 1;
        break;
    case 3: /* Ctrl-C */
        *over = true;
        break;
    case 4: /* Ctrl-D */
        *over = editor->length == 0;
        break;
    default:
        break;
    }
}

/* A byte of text; the character may not be complete yet. */
static void take_text(struct editor *editor, char byte)
{
    mbstate_t state = {0};
    wchar_t c;
    size_t used;

    editor->pending[editor->pending_count++] = byte;
    used = mbrtowc(&c, editor->pending, editor->pending_count, &state);
    if (used == (size_t)-2 && editor->pending_count < sizeof(editor->pending))
        return;
    editor->pending_count = 0;
    if (used != (size_t)-1 && used != (size_t)-2)
        insert(editor, c);
}

char *editor_take(struct editor *editor, char byte, bool *over)
{
    *over = false;
    if (editor->escape)
        take_escape(editor, byte);
    else if (byte == '\r' || byte == '\n')
        return finish(editor);
    else if ((unsigned char)byte < ' ' || byte == 127)
        take_control(editor, byte, over);
    else
        take_text(editor, byte);
    editor_show(editor);
    return NULL;
}
