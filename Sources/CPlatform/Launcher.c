// The launcher: a small process, forked while its parent is small, that forks a guard for each program.
// It and the guards are forks without an exec.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "Guards.h"

int write_state(int directory, int number, const char *kind, const char *text) {
  char temporary[64], name[64];
  snprintf(temporary, sizeof temporary, "%d.%s.new", number, kind);
  snprintf(name, sizeof name, "%d.%s", number, kind);
  int file = openat(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return 0;
  size_t size = strlen(text);
  int isWritten = write(file, text, size) == (ssize_t)size;
  close(file);
  if (isWritten) return renameat(directory, temporary, directory, name) == 0;
  unlinkat(directory, temporary, 0);
  return 0;
}

enum { strings = 8192 };
static char message[platform_order_bytes + 1];
static char *texts[strings + 2];

// Splits what stands behind the order. 0 if it is not what the order says.
static int read_texts(const struct platform_order *order, size_t size, struct guard_duty *duty) {
  if (order->argument_count < 1 || order->variable_count < 0 || order->limit_count < 0 ||
      order->limit_count > platform_order_limits ||
      (int64_t)order->argument_count + order->variable_count + 2 > strings) {
    return 0;
  }
  int count = order->argument_count + order->variable_count + 2, place = 0;
  char *text = message + sizeof *order, *end = message + size;
  char *found[2];
  for (int index = 0; index < count; index++) {
    char *next = memchr(text, 0, (size_t)(end - text));
    if (!next) return 0;
    if (index < 2) found[index] = text;
    if (index == 2 + order->argument_count) texts[place++] = NULL;
    if (index >= 2) texts[place++] = text;
    text = next + 1;
  }
  if (order->variable_count == 0) texts[place++] = NULL;
  texts[place] = NULL;
  duty->working_directory = found[0];
  duty->user = found[1];
  duty->arguments = texts;
  duty->variables = texts + order->argument_count + 1;
  return 1;
}

// A start that has begun: the pipe on which its guard says that the program is on record.
struct start {
  int announcement, number;
};

enum { most_starts = 64 };
static struct start starts[most_starts];
static int start_count;

static void fail(int directory, int number) {
  const char *text = "exit { reason: 'it cannot be started' }\n";
  if (write_state(directory, number, "exit", text)) return;
  // Where nothing can be written it must be said.
  int32_t message = number;
  (void)!send(3, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// Starts a guard.
static void launch(size_t size, struct guard_duty *duty) {
  const struct platform_order *order = (const struct platform_order *)message;
  int ends[2];
  if (size < sizeof *order) return;
  if (!read_texts(order, size, duty) || pipe2(ends, O_CLOEXEC) != 0) {
    return fail(duty->directory, order->number);
  }
  duty->order = order;
  duty->announcement = ends[1];
  pid_t guard = fork();
  if (guard == 0) {
    // What is the launcher's: its end is not to be hidden by guards that live on.
    close(3);
    close(ends[0]);
    for (int index = 0; index < start_count; index++) close(starts[index].announcement);
    guard_program(duty);
  }
  close(ends[1]);
  if (guard > 0) {
    starts[start_count++] = (struct start){ends[0], order->number};
  } else {
    close(ends[0]);
    fail(duty->directory, order->number);
  }
}

// Ends a start: either the program is on record, or its guard was killed before.
static void end_start(int index, int directory) {
  char announcement;
  if (read(starts[index].announcement, &announcement, 1) != 1) {
    fail(directory, starts[index].number);
  }
  close(starts[index].announcement);
  starts[index] = starts[--start_count];
}

// Takes orders, and ends with the last start when no more can come: so this process, and with it the
// lock, outlives every start that has begun.
static _Noreturn void take_orders(struct guard_duty *duty) {
  int isOpen = 1;
  while (isOpen || start_count > 0) {
    struct pollfd sources[1 + most_starts];
    sources[0] = (struct pollfd){
        .fd = isOpen && start_count < most_starts ? 3 : -1, .events = POLLIN};
    for (int index = 0; index < start_count; index++) {
      sources[1 + index] =
          (struct pollfd){.fd = starts[index].announcement, .events = POLLIN};
    }
    if (poll(sources, 1 + (nfds_t)start_count, -1) < 0) continue;
    // From the end, since the last takes the place of one that has ended.
    for (int index = start_count - 1; index >= 0; index--) {
      if (sources[1 + index].revents) end_start(index, duty->directory);
    }
    if (!sources[0].revents) continue;
    ssize_t size = recv(3, message, platform_order_bytes, MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size > 0) launch((size_t)size, duty);
    isOpen = size > 0;
  }
  _exit(0);
}

static _Noreturn void launch_all(int control, struct guard_duty *duty) {
  prctl(PR_SET_NAME, "kaluga-launcher");
  setsid();
  // What Kaluga's own supervisor means for Kaluga is not meant for the drivers, whose supervisor Kaluga is.
  const char *const meant[] = {
      "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "LISTEN_PIDFDID",
      "WATCHDOG_PID", "WATCHDOG_USEC", "SYSTEMD_EXEC_PID"};
  for (size_t index = 0; index < sizeof meant / sizeof *meant; index++) unsetenv(meant[index]);
  // Ends of guards are taken by nobody.
  signal(SIGCHLD, SIG_IGN);
  int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int stream = 0; stream < 3; stream++) dup2(nowhere, stream);
  // In two steps, since each may have a place that another is to have.
  int kept[] = {
      fcntl(control, F_DUPFD_CLOEXEC, 10), fcntl(duty->directory, F_DUPFD_CLOEXEC, 10),
      fcntl(duty->lock, F_DUPFD_CLOEXEC, 10)};
  for (int index = 0; index < 3; index++) dup3(kept[index], 3 + index, O_CLOEXEC);
  syscall(SYS_close_range, 6, ~0u, 0);
  duty->directory = 4;
  duty->lock = 5;
  take_orders(duty);
}

int platform_start_launcher(int directory, int lock, uint64_t log_bytes) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  int size = 2 * platform_order_bytes;
  setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  pid_t process = fork();
  if (process == 0) {
    close(ends[0]);
    struct guard_duty duty = {.directory = directory, .lock = lock, .log_bytes = log_bytes};
    launch_all(ends[1], &duty);
  }
  int number = errno;
  close(ends[1]);
  if (process > 0) return ends[0];
  close(ends[0]);
  errno = number;
  return -1;
}

int platform_order(int launcher, const void *order, size_t size) {
  ssize_t sent;
  do {
    sent = send(launcher, order, size, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

int platform_next_failure(int launcher, int32_t *number) {
  ssize_t size = recv(launcher, number, sizeof *number, MSG_DONTWAIT);
  if (size == sizeof *number) return 1;
  return size < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

int platform_open_process(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int platform_watch_directory(const char *path) {
  int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (watch < 0) return -1;
  uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR;
  if (inotify_add_watch(watch, path, events) >= 0) return watch;
  int number = errno;
  close(watch);
  errno = number;
  return -1;
}

ssize_t platform_read_changes(int watch, char *names, size_t size, int *lost) {
  _Alignas(struct inotify_event) char events[16 << 10];
  ssize_t count = read(watch, events, sizeof events);
  size_t used = 0;
  *lost = 0;
  if (count <= 0) return 0;
  for (char *place = events; place < events + count;) {
    struct inotify_event *event = (struct inotify_event *)place;
    place += sizeof *event + event->len;
    size_t length = event->len ? strlen(event->name) + 1 : 0;
    if (event->mask & IN_Q_OVERFLOW || used + length > size) *lost = 1;
    if (length && used + length <= size) memcpy(names + used, event->name, length), used += length;
  }
  return (ssize_t)(used > 0 ? used : *lost);
}
