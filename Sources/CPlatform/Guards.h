// Between the launcher and the guards that it starts.
#ifndef OCTOPUS_GUARDS_H
#define OCTOPUS_GUARDS_H

#include "CGuards.h"

// What a guard is to know.
struct guard_duty {
  const struct platform_order *order;
  const char *user, *working_directory;
  char **arguments, **variables;
  // The state directory, its lock, and the pipe on which to say that `n.run` is there.
  int directory, lock, announcement;
  uint64_t log_bytes;
};

// Runs the program to its end.
_Noreturn void guard_program(const struct guard_duty *duty);

// Writes `<number>.<kind>` so that it is there at once with all it says. 0 if it cannot.
int write_state(int directory, int number, const char *kind, const char *text);

#endif
