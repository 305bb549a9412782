// libedit for Swift: its setters are variadic, which Swift cannot call; each use has a function
// here.
#ifndef OCTOPUS_CEDITLINE_H
#define OCTOPUS_CEDITLINE_H

#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

// Hidden by default in <wchar.h>.
int wcwidth(wchar_t character);

/// How many columns a character takes; negative for a control character.
static inline int editline_width(wchar_t character) { return wcwidth(character); }

/// An editor on the standard streams.
static inline EditLine *editline_open(const char *program) {
  return el_init(program, stdin, stdout, stderr);
}

/// Characters are read and printed as UTF-8, whatever the locale is otherwise.
static inline void editline_use_utf8(void) {
  setlocale(LC_CTYPE, "");
  if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
}

static inline void editline_set_client_data(EditLine *editor, void *data) {
  el_set(editor, EL_CLIENTDATA, data);
}

static inline void *editline_client_data(EditLine *editor) {
  void *data = NULL;
  el_get(editor, EL_CLIENTDATA, &data);
  return data;
}

/// The prompt's text; what stands between two '\1' takes no room on the screen.
static inline void editline_set_prompt(EditLine *editor, char *(*prompt)(EditLine *)) {
  el_set(editor, EL_PROMPT_ESC, prompt, '\1');
}

/// Where characters come from: 1 with one read, 0 at the end, -1 on error.
static inline void editline_set_reader(EditLine *editor, int (*read)(EditLine *, wchar_t *)) {
  el_set(editor, EL_GETCFN, read);
}

static inline void editline_add_function(
    EditLine *editor, const char *name, const char *help,
    unsigned char (*function)(EditLine *, int)) {
  el_set(editor, EL_ADDFN, name, help, function);
}

static inline void editline_bind(EditLine *editor, const char *key, const char *function) {
  el_set(editor, EL_BIND, key, function, NULL);
}

static inline void editline_use_emacs_keys(EditLine *editor) {
  el_set(editor, EL_EDITOR, "emacs");
}

/// While a line is edited, Ctrl-C, Ctrl-Z and Ctrl-\ are characters, not signals.
static inline void editline_keep_signal_keys(EditLine *editor) {
  el_set(editor, EL_SETTY, "-d", "-isig", NULL);
}

/// Between two lines nothing typed ahead is echoed or interpreted, but for the keys that send
/// signals: it waits as it is for the next line. From now on, and until the editor ends.
static inline void editline_keep_what_is_typed_ahead(EditLine *editor) {
  el_set(editor, EL_SETTY, "-x", "-icanon", "-echo", NULL);
}

static inline void editline_use_history(EditLine *editor, History *entries) {
  el_set(editor, EL_HIST, history, entries);
}

/// Draws prompt and line anew where the cursor is.
static inline void editline_redraw(EditLine *editor) { el_set(editor, EL_REFRESH); }

static inline History *editline_history_open(int capacity) {
  HistEvent event;
  History *entries = history_init();
  history(entries, &event, H_SETSIZE, capacity);
  history(entries, &event, H_SETUNIQUE, 1);
  return entries;
}

static inline void editline_history_add(History *entries, const char *line) {
  HistEvent event;
  history(entries, &event, H_ENTER, line);
}

#endif
