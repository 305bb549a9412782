// Supervision: starts the driver, puts it on record, takes its output and its readiness, and writes
// down how it ended. The driver and all that it has started die with the guard's work.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "CProcesses.h"
#include "CNotices.h"

// In bytes: what a driver may write in a second, and what is read of its output after its end.
enum { output_per_second = 4 << 20, max_final_output = 1 << 20 };

struct guard {
  const struct order *order;
  const char *instance;
  // The driver's user.
  uid_t user;
  pid_t driver;
  // The reading end of the driver's output, and its notify socket; -1: there is none.
  int output, notify;
  // Whether the driver is known to be ready.
  bool is_ready;
  struct log log;
  // How much has been written in this second, so that a driver that floods its output waits.
  time_t second;
  size_t written;
};

// MARK: State files

// Writes the file `<instance>.<kind>`, which is there at once with all its text. False and errno if
// it cannot.
static bool write_state(const struct guard *guard, const char *kind, const char *text) {
  char temporary[64], name[64];
  snprintf(temporary, sizeof temporary, "%s.%s.new", guard->instance, kind);
  snprintf(name, sizeof name, "%s.%s", guard->instance, kind);
  int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return false;
  ssize_t size = (ssize_t)strlen(text), written = write(file, text, (size_t)size);
  int number = written < 0 ? errno : ENOSPC;
  close(file);
  if (written == size) {
    if (rename(temporary, name) == 0) return true;
    number = errno;
  }
  unlink(temporary);
  errno = number;
  return false;
}

static bool write_run(const struct guard *guard) {
  char text[256];
  snprintf(
      text, sizeof text,
      "run { guard: %d, guard_start: %" PRIu64 ", pid: %d, start: %" PRIu64 " }\n", (int)getpid(),
      process_start(getpid()), (int)guard->driver, process_start(guard->driver));
  return write_state(guard, "run", text);
}

static bool write_failure(const struct guard *guard, const char *reason, int number) {
  char text[256];
  snprintf(text, sizeof text, "exit { reason: '%s', errno: %d }\n", reason, number);
  return write_state(guard, "exit", text);
}

static bool write_exit(const struct guard *guard, int status) {
  char text[64];
  snprintf(text, sizeof text, "exit { status: %d }\n", status);
  return write_state(guard, "exit", text);
}

// MARK: Readiness

// The socket `notify/<instance>`, to which only the driver's user and root can send.
static int open_notify(const struct guard *guard) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "notify/%s", guard->instance);
  int notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int on = 1;
  unlink(address.sun_path);
  // bind(2) gives the file the mode of the socket.
  if (setsockopt(notify, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
      fchmod(notify, 0600) != 0 ||
      bind(notify, (struct sockaddr *)&address, sizeof address) != 0 ||
      (guard->user != geteuid() &&
       chown(address.sun_path, guard->user, (gid_t)-1) != 0)) {
    close(notify);
    return -1;
  }
  return notify;
}

static void close_notify(const struct guard *guard) {
  if (guard->notify < 0) return;
  char name[64];
  snprintf(name, sizeof name, "notify/%s", guard->instance);
  unlink(name);
}

// `NOTIFY_SOCKET=` with the whole path of the socket; null if there is no memory.
static char *notify_variable(const struct guard *guard) {
  char *directory = getcwd(NULL, 0), *variable = NULL;
  if (directory && asprintf(&variable, "NOTIFY_SOCKET=%s/notify/%s", directory, guard->instance) < 0) {
    variable = NULL;
  }
  free(directory);
  return variable;
}

// Takes a message. Messages of other users are ignored: a process can send over a socket that
// somebody else has connected.
static void take_notification(struct guard *guard) {
  struct platform_notice notice;
  int is_whole = platform_peek_notice(guard->notify, &notice);
  platform_drop_notice(guard->notify);
  bool counts = notice.user == 0 || notice.user == guard->user;
  if (is_whole != 1 || !counts || guard->is_ready) return;
  char text[platform_notice_bytes + 1], *rest = NULL;
  memcpy(text, notice.text, (size_t)notice.size);
  text[notice.size] = 0;
  for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    if (strcmp(line, "READY=1") == 0) guard->is_ready = write_state(guard, "ready", "");
  }
}

// MARK: Supervision

// Moves some of the driver's output to the log: how much; 0 at its end, -1 if there is none now.
static ssize_t take_output(struct guard *guard) {
  char buffer[64 << 10];
  ssize_t count = read(guard->output, buffer, sizeof buffer);
  if (count <= 0) return count;
  append_to_log(&guard->log, buffer, (size_t)count);
  guard->written += (size_t)count;
  return count;
}

// Whether the driver has ended. It stays a zombie, so that its process id stays its own.
static bool has_ended(pid_t driver) {
  siginfo_t info = {.si_pid = 0};
  return waitid(P_PID, (id_t)driver, &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
         info.si_pid == driver;
}

// Reaps the processes that the driver has left to the guard.
static void reap_others(pid_t driver) {
  for (;;) {
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) != 0) return;
    if (info.si_pid == 0 || info.si_pid == driver) return;
    waitpid(info.si_pid, NULL, 0);
  }
}

// The driver has ended: kills what it has left, and writes down how it ended.
static bool finish(struct guard *guard) {
  int status = 0;
  kill(-guard->driver, SIGKILL);
  waitpid(guard->driver, &status, 0);
  kill_descendants();
  guard->written = 0;
  while (guard->written < max_final_output && take_output(guard) > 0) {
  }
  close_notify(guard);
  return write_exit(guard, status);
}

static time_t seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

static bool is_flooded(struct guard *guard) {
  time_t now = seconds_now();
  if (now != guard->second) guard->written = 0;
  guard->second = now;
  return guard->written >= output_per_second;
}

// Serves the driver until it ends. Whether its end could be written down.
static bool watch_driver(struct guard *guard, int child_signals) {
  struct pollfd sources[] = {
      {.fd = child_signals, .events = POLLIN},
      {.fd = guard->notify, .events = POLLIN},
      {.fd = guard->output, .events = POLLIN},
  };
  for (;;) {
    bool must_wait = is_flooded(guard);
    sources[2].fd = must_wait ? -1 : guard->output;
    if (poll(sources, 3, must_wait ? 100 : -1) < 0) continue;
    if (sources[0].revents) {
      struct signalfd_siginfo ignored;
      while (read(child_signals, &ignored, sizeof ignored) > 0) {
      }
      if (has_ended(guard->driver)) return finish(guard);
      reap_others(guard->driver);
    }
    if (sources[1].revents) take_notification(guard);
    if (sources[2].revents && take_output(guard) == 0) {
      close(guard->output);
      guard->output = -1;
    }
  }
}

// MARK: Starting

// A signalfd for the ends of children.
static int block_child_signals(void) {
  signal(SIGCHLD, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_SETMASK, &child, NULL);
  return signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
}

static bool prepare_notify(struct guard *guard) {
  if (!guard->order->notifies) return true;
  char *variable = notify_variable(guard);
  if (!variable) return false;
  put_variable(guard->order->variables, variable);
  guard->notify = open_notify(guard);
  return guard->notify >= 0;
}

// Forks the driver, which waits at the gate. Its process, or -1 and errno; the guard's ends of the
// gate and of the pipe of failures.
static pid_t fork_driver(struct guard *guard, int *gate, int *failures) {
  int output_ends[2], gate_ends[2], failure_ends[2];
  if (pipe2(output_ends, O_CLOEXEC) || pipe2(gate_ends, O_CLOEXEC) ||
      pipe2(failure_ends, O_CLOEXEC)) {
    return -1;
  }
  pid_t self = getpid(), driver = fork();
  if (driver == 0) {
    close(gate_ends[1]);
    struct driver_ends ends = {output_ends[1], gate_ends[0], failure_ends[1]};
    become_driver(guard->order, self, ends);
  }
  // A process group of its own before anyone knows of it: a signal to the group always finds it.
  if (driver > 0) setpgid(driver, driver);
  close(output_ends[1]);
  close(gate_ends[0]);
  close(failure_ends[1]);
  fcntl(output_ends[0], F_SETFL, O_NONBLOCK);
  guard->output = output_ends[0];
  *gate = gate_ends[1];
  *failures = failure_ends[0];
  return driver;
}

int supervise(const struct order *order, const char *instance, int held) {
  struct guard guard = {
      .order = order,
      .instance = instance,
      .user = order->has_user ? order->user : geteuid(),
      .notify = -1,
  };
  int child_signals = block_child_signals(), gate, failures;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  open_log(&guard.log, instance);
  if (!prepare_notify(&guard) || (guard.driver = fork_driver(&guard, &gate, &failures)) < 0) {
    int number = errno;
    close_notify(&guard);
    return !write_failure(&guard, "it cannot be started", number);
  }
  // On record before it runs. Where that cannot be written, the closed gate ends the driver.
  if (!write_run(&guard)) {
    int number = errno;
    close_notify(&guard);
    return !write_failure(&guard, "it cannot be started", number);
  }
  close(held);
  (void)!write(gate, "", 1);
  close(gate);
  struct failure failure;
  if (read(failures, &failure, sizeof failure) == sizeof failure) {
    waitpid(guard.driver, NULL, 0);
    close_notify(&guard);
    return !write_failure(&guard, failure.reason, failure.number);
  }
  close(failures);
  if (!order->notifies) write_state(&guard, "ready", "");
  return !watch_driver(&guard, child_signals);
}
