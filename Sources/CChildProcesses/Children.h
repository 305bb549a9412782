// Between a program's starter and its guard.
#ifndef OCTOPUS_CHILDREN_H
#define OCTOPUS_CHILDREN_H

#include <signal.h>
#include <sys/types.h>

// What the guard is asked to do.
struct request {
  // To be sent to the program; 0: let what the program leaves behind live, and end.
  int signal;
  // The process that signalled the starter. The guard passes the signal on unless the program
  // already got it from this sender. 0: always.
  pid_t sender;
};

struct guard_task {
  char *const *arguments;
  char *const *environment;
  int control;
  // A directory and a socket in it, both to be removed if the starter cannot; or null.
  const char *directory, *socket;
};

// Starts the program and watches over it until it or the starter ends.
_Noreturn void guard_child(const struct guard_task *task);

// Runs the program in the place of this process, with the signals and descriptors that the starter
// was given. Comes back with an errno if it cannot.
int become(char *const arguments[], char *const environment[]);

// The signals that go from the starter to the program.
enum { forwarded_count = 19 };
extern const int forwarded[forwarded_count];

// In an environment: makes those variables that name this process name the one that fills them in.
void prepare_process_variables(char **environment);
void fill_process_variables(void);

#endif
