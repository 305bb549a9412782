// A guard: the parent of one program. It outlives who ordered the program, keeps its output within bounds,
// hears when it is ready, and writes down how it ended. The program dies with it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "CNotices.h"
#include "CPlatform.h"
#include "Guards.h"
#include "Programs.h"

uint64_t platform_process_start(pid_t process) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return 0;
  text[count] = 0;
  // `pid (name) state …`, and the name may be anything. The time is the 20th behind it.
  char *rest = strrchr(text, ')');
  if (!rest) return 0;
  char *place = NULL, *word = strtok_r(rest + 1, " ", &place);
  for (int index = 0; word && index < 19; index++) word = strtok_r(NULL, " ", &place);
  return word ? strtoull(word, NULL, 10) : 0;
}

// MARK: The program

struct failure {
  int number;
  char what[60];
};

static _Noreturn void fail(int pipe, const char *what) {
  struct failure failure = {.number = errno};
  snprintf(failure.what, sizeof failure.what, "%s", what);
  (void)!write(pipe, &failure, sizeof failure);
  _exit(127);
}

static void take_identity(const char *name, int failures) {
  errno = 0;
  struct passwd *user = getpwnam(name);
  if (!user) {
    if (!errno) errno = ENOENT;
    fail(failures, "there is no such user");
  }
  if (initgroups(name, user->pw_gid) || setgid(user->pw_gid) || setuid(user->pw_uid)) {
    fail(failures, "it may not become that user");
  }
}

static void take_limits(const struct platform_order *order, int failures) {
  for (int index = 0; index < order->limit_count; index++) {
    rlim_t value = order->limits[index] == UINT64_MAX ? RLIM_INFINITY : order->limits[index];
    struct rlimit limit = {value, value};
    if (setrlimit((__rlimit_resource_t)order->resources[index], &limit)) {
      fail(failures, "it may not have these limits");
    }
  }
  if (!order->has_cpus) return;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (int cpu = 0; cpu < 64 * platform_order_cpu_words && cpu < CPU_SETSIZE; cpu++) {
    if (order->cpus[cpu / 64] >> (cpu % 64) & 1) CPU_SET(cpu, &cpus);
  }
  if (sched_setaffinity(0, sizeof cpus, &cpus)) fail(failures, "it may not run on these processors");
}

// Becomes the program once the gate is opened.
static _Noreturn void become_program(
    const struct guard_duty *duty, pid_t guard, int output, int gate, int failures) {
  int nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (dup2(nowhere, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) {
    fail(failures, "no streams");
  }
  for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  take_limits(duty->order, failures);
  char **environment = environment_with(duty->variables);
  if (!environment) fail(failures, "no memory");
  if (*duty->user) take_identity(duty->user, failures);
  if (chdir(*duty->working_directory ? duty->working_directory : "/")) {
    fail(failures, "it has no directory");
  }
  // Another identity forgets this. Should the guard have gone before, nobody would tell.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != guard) _exit(127);
  char opening;
  if (read(gate, &opening, 1) != 1) _exit(127);
  execvpe(duty->arguments[0], duty->arguments, environment);
  fail(failures, "it cannot be run");
}

// MARK: The guard

enum { output_a_second = 4 << 20, last_output = 1 << 20 };

struct guarded {
  const struct guard_duty *duty;
  pid_t program;
  int output, notify, log;
  // The program's user, and whether that user has said that the program is ready.
  uid_t user;
  int is_ready;
  uint64_t log_size;
  // How much has been written in this second, so that what floods its output waits.
  time_t second;
  size_t written;
};

static time_t seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

static void open_log(struct guarded *guarded) {
  char name[64];
  snprintf(name, sizeof name, "log/%d", guarded->duty->order->number);
  int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  guarded->log = openat(guarded->duty->directory, name, flags, 0640);
  struct stat status;
  guarded->log_size = fstat(guarded->log, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static void turn_log(struct guarded *guarded) {
  char name[64], old[64];
  snprintf(name, sizeof name, "log/%d", guarded->duty->order->number);
  snprintf(old, sizeof old, "log/%d.1", guarded->duty->order->number);
  renameat(guarded->duty->directory, name, guarded->duty->directory, old);
  close(guarded->log);
  open_log(guarded);
}

// Takes some of the output to the log: how much; 0 at its end, -1 if there is none now.
static ssize_t take_output(struct guarded *guarded) {
  char buffer[64 << 10];
  ssize_t count = read(guarded->output, buffer, sizeof buffer);
  if (count <= 0) return count;
  if (guarded->log_size + (uint64_t)count > guarded->duty->log_bytes && guarded->log_size > 0) {
    turn_log(guarded);
  }
  // What the disk does not take is lost: the program is not to suffer from it.
  if (write(guarded->log, buffer, (size_t)count) > 0) guarded->log_size += (uint64_t)count;
  guarded->written += (size_t)count;
  return count;
}

// Takes a message of the program. The guard ignores messages of other users: a socket that was connected earlier can send without opening the file.
static void take_notification(struct guarded *guarded) {
  struct platform_notice notice;
  int is_whole = platform_peek_notice(guarded->notify, &notice);
  if (is_whole < 0) return;
  // Its descriptors are never opened: so a sender that waits for them to be closed goes on.
  platform_drop_notice(guarded->notify);
  if (!is_whole || guarded->is_ready || (notice.user != guarded->user && notice.user != 0)) return;
  char text[platform_notice_bytes + 1];
  memcpy(text, notice.text, (size_t)notice.size);
  text[notice.size] = 0;
  char *place = NULL;
  for (char *line = strtok_r(text, "\n", &place); line; line = strtok_r(NULL, "\n", &place)) {
    if (strcmp(line, "READY=1") == 0) {
      guarded->is_ready =
          write_state(guarded->duty->directory, guarded->duty->order->number, "ready", "");
    }
  }
}

static uid_t program_user(const struct guard_duty *duty) {
  struct passwd *user = *duty->user ? getpwnam(duty->user) : NULL;
  return user ? user->pw_uid : geteuid();
}

// A socket `notify/<n>`, of which the program is told its whole path. Only the program's user and root may
// send to it.
static int open_notify(const struct guard_duty *duty, uid_t user) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int number = duty->order->number;
  snprintf(address.sun_path, sizeof address.sun_path, "notify/%d", number);
  int notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int on = 1;
  unlink(address.sun_path);
  // The file gets its mode from the socket when it is made.
  if (setsockopt(notify, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 || fchmod(notify, 0600) != 0 ||
      bind(notify, (struct sockaddr *)&address, sizeof address) != 0 ||
      (user != geteuid() && chown(address.sun_path, user, (gid_t)-1) != 0)) {
    close(notify);
    return -1;
  }
  return notify;
}

// Whether the program has ended; it stays a zombie, so that its number stays its own.
static int has_ended(pid_t program) {
  siginfo_t info = {.si_pid = 0};
  return waitid(P_PID, (id_t)program, &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
         info.si_pid == program;
}

// Takes the ends of those that the program has left to this process.
static void reap_others(pid_t program) {
  for (;;) {
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) != 0) return;
    if (info.si_pid == 0 || info.si_pid == program) return;
    waitpid(info.si_pid, NULL, 0);
  }
}

static _Noreturn void finish(struct guarded *guarded) {
  int status = 0, number = guarded->duty->order->number;
  kill(-guarded->program, SIGKILL);
  waitpid(guarded->program, &status, 0);
  kill_descendants();
  guarded->written = 0;
  while (guarded->written < last_output && take_output(guarded) > 0) {
  }
  char text[64];
  if (guarded->notify >= 0) {
    snprintf(text, sizeof text, "notify/%d", number);
    unlink(text);
  }
  snprintf(text, sizeof text, "exit { status: %d }\n", status);
  write_state(guarded->duty->directory, number, "exit", text);
  _exit(0);
}

static _Noreturn void watch_program(struct guarded *guarded, int ends) {
  struct pollfd sources[] = {
      {.fd = ends, .events = POLLIN},
      {.fd = guarded->notify, .events = POLLIN},
      {.fd = guarded->output, .events = POLLIN},
  };
  for (;;) {
    time_t now = seconds();
    if (now != guarded->second) guarded->written = 0;
    guarded->second = now;
    int isFlooded = guarded->written >= output_a_second;
    sources[2].fd = isFlooded ? -1 : guarded->output;
    if (poll(sources, 3, isFlooded ? 100 : -1) < 0) continue;
    if (sources[0].revents) {
      struct signalfd_siginfo ignored;
      while (read(ends, &ignored, sizeof ignored) > 0) {
      }
      if (has_ended(guarded->program)) finish(guarded);
      reap_others(guarded->program);
    }
    if (sources[1].revents) take_notification(guarded);
    if (sources[2].revents && take_output(guarded) == 0) {
      close(guarded->output);
      guarded->output = -1;
    }
  }
}

static int write_run(const struct guard_duty *duty, pid_t program) {
  char text[256];
  snprintf(
      text, sizeof text,
      "run { guard: %d, guard_start: %" PRIu64 ", pid: %d, start: %" PRIu64 " }\n", (int)getpid(),
      platform_process_start(getpid()), (int)program, platform_process_start(program));
  return write_state(duty->directory, duty->order->number, "run", text);
}

_Noreturn void guard_program(const struct guard_duty *duty) {
  int output[2], gate[2], failures[2], number = duty->order->number;
  prctl(PR_SET_NAME, "kaluga-guard");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  setsid();
  signal(SIGCHLD, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  if (fchdir(duty->directory)) _exit(1);
  if (pipe2(output, O_CLOEXEC) || pipe2(gate, O_CLOEXEC) || pipe2(failures, O_CLOEXEC)) _exit(1);
  struct guarded guarded = {
      .duty = duty, .output = output[0], .notify = -1, .log = -1, .user = program_user(duty)};
  if (duty->order->notifies && (guarded.notify = open_notify(duty, guarded.user)) < 0) _exit(1);
  open_log(&guarded);

  pid_t guard = getpid();
  guarded.program = fork();
  if (guarded.program < 0) _exit(1);
  if (guarded.program == 0) {
    close(gate[1]);
    become_program(duty, guard, output[1], gate[0], failures[1]);
  }
  // A process group of its own, before anyone knows of it: who signals the group finds it.
  setpgid(guarded.program, guarded.program);
  close(output[1]);
  close(gate[0]);
  close(failures[1]);
  fcntl(output[0], F_SETFL, O_NONBLOCK);
  int ends = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);

  // On record before it does anything. From here on the files tell all.
  if (!write_run(duty, guarded.program)) _exit(1);
  (void)!write(duty->announcement, "", 1);
  close(duty->announcement);
  close(duty->lock);
  (void)!write(gate[1], "", 1);
  close(gate[1]);
  struct failure failure;
  if (read(failures[0], &failure, sizeof failure) == sizeof failure) {
    char text[256];
    snprintf(
        text, sizeof text, "exit { reason: '%s', errno: %d }\n", failure.what, failure.number);
    waitpid(guarded.program, NULL, 0);
    write_state(duty->directory, number, "exit", text);
    _exit(0);
  }
  close(failures[0]);
  if (!duty->order->notifies) write_state(duty->directory, number, "ready", "");
  watch_program(&guarded, ends);
}
