// RE2 behind a C interface: compile, match, and sets of patterns matched at once.
#ifndef OCTOPUS_CRE2_H
#define OCTOPUS_CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;
typedef struct cre2_set cre2_set;

// What a match made RE2 do beside reading the text once.
typedef struct cre2_effort {
  // States that RE2 removed from its automaton, which was full, and their bytes. It had built each.
  size_t states;
  size_t bytes;
  // Whether RE2 gave the automaton up, and followed all instructions of the program at each byte.
  bool interpreted;
} cre2_effort;

// Compiles a pattern (UTF-8, RE2's defaults, at most `memory` bytes: two thirds for the program and
// its automaton, one for those that read backwards). Returns NULL and writes a NUL-terminated
// message into `error` if it is malformed or does not fit.
cre2_pattern *cre2_compile(const char *pattern, size_t length, int64_t memory, char *error,
                           size_t error_capacity);
void cre2_free(cre2_pattern *pattern);

// How many instructions the compiled pattern has.
int cre2_program_size(const cre2_pattern *pattern);

// Compiles the program that reads backwards; false if it does not fit into the memory. RE2 matches
// a pattern that ends with `$` by that program, or without an automaton.
bool cre2_reverse(const cre2_pattern *pattern);

// Whether the pattern matches anywhere in the text.
bool cre2_matches(const cre2_pattern *pattern, const char *text, size_t length,
                  cre2_effort *effort);

// A set of patterns. Add all, then compile once; afterwards it is immutable.
cre2_set *cre2_set_new(int64_t memory);
void cre2_set_free(cre2_set *set);
// Returns the pattern's index in the set, or -1 if it is malformed.
int cre2_set_add(cre2_set *set, const char *pattern, size_t length);
bool cre2_set_compile(cre2_set *set);
// Writes the indexes of at most `capacity` patterns that match into `matches`, and returns how many
// match, or -1 if the set ran out of memory on this text (the caller then tries each pattern).
int cre2_set_matches(const cre2_set *set, const char *text, size_t length, int *matches,
                     int capacity, cre2_effort *effort);

#ifdef __cplusplus
}
#endif

#endif
