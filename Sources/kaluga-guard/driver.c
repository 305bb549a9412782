// The driver's side of the fork: takes the limits, the user and the directory, and runs the
// program.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "CProcesses.h"
#include "guard.h"

static _Noreturn void fail(int failures, const char *reason) {
  struct failure failure = {.number = errno};
  snprintf(failure.reason, sizeof failure.reason, "%s", reason);
  (void)!write(failures, &failure, sizeof failure);
  _exit(127);
}

static void take_limits(const struct order *order, int failures) {
  for (int index = 0; index < order->limit_count; index++) {
    struct limit limit = order->limits[index];
    if (setrlimit(limit.resource, &(struct rlimit){limit.value, limit.value})) {
      fail(failures, "it may not have these limits");
    }
  }
  if (order->has_cpus && sched_setaffinity(0, sizeof order->cpus, &order->cpus)) {
    fail(failures, "it may not run on these processors");
  }
}

static void take_identity(const struct order *order, int failures) {
  if (!order->has_user) return;
  if (setgroups(order->group_count, order->groups) || setgid(order->group) ||
      setuid(order->user)) {
    fail(failures, "it may not become that user");
  }
}

static void reset_signals(void) {
  for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn void become_driver(const struct order *order, pid_t guard, struct driver_ends ends) {
  int null_device = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (dup2(null_device, 0) < 0 || dup2(ends.output, 1) < 0 || dup2(ends.output, 2) < 0) {
    fail(ends.failures, "no streams");
  }
  reset_signals();
  take_limits(order, ends.failures);
  char **environment = environment_with(order->variables);
  if (!environment) fail(ends.failures, "no memory");
  take_identity(order, ends.failures);
  if (chdir(order->directory ? order->directory : "/")) fail(ends.failures, "it has no directory");
  // A change of user clears this setting. If the guard died before it, no signal comes: so look.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != guard) _exit(127);
  char opening;
  if (read(ends.gate, &opening, 1) != 1) _exit(127);
  execvpe(order->arguments[0], order->arguments, environment);
  fail(ends.failures, "it cannot be run");
}
