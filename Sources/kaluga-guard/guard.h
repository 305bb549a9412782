// The parts of kaluga-guard, which supervises one driver.
#ifndef KALUGA_GUARD_H
#define KALUGA_GUARD_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { max_limits = 16 };

struct limit {
  __rlimit_resource_t resource;
  rlim_t value;
};

// How the driver is to be run.
struct order {
  // Whether it runs as another user than the guard.
  bool has_user, has_group;
  uid_t user;
  gid_t group;
  // Its supplementary groups.
  size_t group_count;
  gid_t *groups;
  // Null: `/`.
  const char *directory;
  // Whether the driver says itself when it is ready.
  bool notifies;
  bool has_cpus;
  cpu_set_t cpus;
  int limit_count;
  struct limit limits[max_limits];
  // The program with its arguments, and what its environment has besides the guard's. Both end with
  // a null.
  char **arguments, **variables;
};

// Reads an order to its end. Returns the mistake in it, or null.
const char *read_order(int descriptor, struct order *order);

// Puts a variable `NAME=value` in the place of the one with its name, or at the end.
void put_variable(char **variables, char *variable);

// Why a driver could not be run: a text without quotes, and an errno.
struct failure {
  int number;
  char reason[60];
};

// What the driver inherits from the guard: its output, the pipe from which it reads a byte before
// it may run, and the pipe to which it writes a failure. A successful exec closes the last two.
struct driver_ends {
  int output, gate, failures;
};

// Runs the driver in this process, which the guard has just forked.
_Noreturn void become_driver(const struct order *order, pid_t guard, struct driver_ends ends);

// The driver's output, in the file `log/<instance>` of the working directory.
struct log {
  const char *instance;
  // -1: it could not be opened, and the output is lost.
  int file;
  uint64_t size;
};

void open_log(struct log *log, const char *instance);
void append_to_log(struct log *log, const char *bytes, size_t count);

// Starts the driver of an instance and supervises it to its end, in the state directory as working
// directory. `held` is closed once the driver is on record. The guard's own exit status.
int supervise(const struct order *order, const char *instance, int held);

#endif
