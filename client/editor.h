/* The line at the bottom of the terminal in which a person types: UTF-8, wide
 * characters, history. Without a terminal it reads plain lines. */
#ifndef POSTHOUSE_EDITOR_H
#define POSTHOUSE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#define EDITOR_MAX     4096 /* characters of a line */
#define EDITOR_HISTORY 100

struct editor {
    wchar_t line[EDITOR_MAX];
    size_t length, at; /* where the cursor stands */
    wchar_t *history[EDITOR_HISTORY];
    size_t history_count, history_at;
    char prompt[128];
    char pending[8]; /* bytes of a character not yet complete */
    size_t pending_count;
    int escape; /* bytes of an escape sequence: 1 ESC, 2 ESC [ */
    char parameter;
    bool is_terminal;
    bool is_visible;
    struct termios saved;
};

/* Puts the terminal into raw mode, when there is one. */
void editor_open(struct editor *editor);
/* Puts the terminal back as it was, and frees the history. */
void editor_close(struct editor *editor);
/* Takes a byte that was typed. When it ends a line, returns the line in UTF-8,
 * to be freed; else NULL. *over is set at the end of the input. */
char *editor_take(struct editor *editor, char byte, bool *over);
/* Takes the line off the screen and puts it there again, around other output.
 */
void editor_hide(struct editor *editor);
/* Draws prompt and line, with the cursor where it was. */
void editor_show(struct editor *editor);
/* The prompt from now on; copied, cut at its room. */
void editor_set_prompt(struct editor *editor, const char *prompt);

#endif
