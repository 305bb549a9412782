// The guard of a program that runs for as long as its starter lives.
//
// It is a fork without an exec, so it calls only functions that are safe there. It sees the
// starter's end, however that comes, as the end of a socket. If the guard is killed, the program
// dies with it. Processes that the program leaves behind become the guard's children, so it finds
// all of them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "CChildProcesses.h"
#include "Children.h"
#include "CProcesses.h"

static void report(int control, int kind, int value) {
  struct platform_child_event event = {kind, value};
  send(control, &event, sizeof event, MSG_NOSIGNAL);
}

// The program's process; -1 if it could not be run, which has been reported.
static pid_t start(const struct guard_task *task) {
  int ends[2], number = 0;
  pid_t guard = getpid(), program = -1;
  if (pipe2(ends, O_CLOEXEC) != 0 || (program = fork()) < 0) {
    report(task->control, platform_child_failed, errno);
    return -1;
  }
  if (program == 0) {
    // If the guard died before this call, the kernel sends no signal: so check the parent.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != guard) _exit(127);
    platform_keep_signals();
    fill_process_variables();
    number = become(task->arguments, task->environment);
    (void)!write(ends[1], &number, sizeof number);
    _exit(127);
  }
  close(ends[1]);
  // Its exec closes the other end.
  ssize_t count = read(ends[0], &number, sizeof number);
  close(ends[0]);
  if (count == sizeof number) {
    waitpid(program, NULL, 0);
    report(task->control, platform_child_failed, number);
    return -1;
  }
  report(task->control, platform_child_started, program);
  return program;
}

// MARK: Signals

// A signal to a process group or a control group reaches the program without the starter's help.
// The guard gets it from the same sender, a little earlier or later, and then does not pass it on.
// `forward_delay`: milliseconds that the guard delays a signal. `remember_time`: milliseconds that
// it remembers a signal which it received itself.
enum { forward_delay = 20, remember_time = 1000, max_signals = 32 };

struct sent {
  int signal;
  pid_t sender;
  int64_t until;
};

// The signals that wait to be passed on, in order, and those that this process has received.
static struct sent waiting[max_signals], received[max_signals];
static int waiting_count, received_count;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void remove_at(struct sent *list, int *count, int index) {
  for (--*count; index < *count; index++) list[index] = list[index + 1];
}

static void add(struct sent *list, int *count, int signal, pid_t sender, int time) {
  if (*count == max_signals) remove_at(list, count, 0);
  list[(*count)++] = (struct sent){signal, sender, now() + time};
}

// Removes such a signal from a list; 0 if there is none.
static int remove_matching(struct sent *list, int *count, int signal, pid_t sender) {
  for (int index = 0; index < *count; index++) {
    if (list[index].signal != signal || list[index].sender != sender) continue;
    remove_at(list, count, index);
    return 1;
  }
  return 0;
}

// Passes on the signals whose delay is over, or all. The milliseconds until the next one; -1: none.
static int send_waiting(pid_t program, int all) {
  int64_t time = now();
  while (received_count > 0 && received[0].until <= time) remove_at(received, &received_count, 0);
  while (waiting_count > 0 && (all || waiting[0].until <= time)) {
    if (program > 0) kill(program, waiting[0].signal);
    remove_at(waiting, &waiting_count, 0);
  }
  return waiting_count > 0 ? (int)(waiting[0].until - time) : -1;
}

static void read_signals(int signals) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == sizeof info) {
    // Signals of the kernel come from the terminal and from children.
    if (info.ssi_signo == SIGCHLD || info.ssi_code == SI_KERNEL) continue;
    int signal = (int)info.ssi_signo;
    pid_t sender = (pid_t)info.ssi_pid;
    if (remove_matching(waiting, &waiting_count, signal, sender)) continue;
    add(received, &received_count, signal, sender, remember_time);
  }
}

static void send_on(pid_t program, struct request request) {
  if (request.sender == 0) {
    send_waiting(program, 1);
    if (program > 0) kill(program, request.signal);
  } else if (!remove_matching(received, &received_count, request.signal, request.sender)) {
    add(waiting, &waiting_count, request.signal, request.sender, forward_delay);
  }
}

// MARK: Supervision

static void remove_socket(const struct guard_task *task) {
  if (!task->directory) return;
  unlink(task->socket);
  rmdir(task->directory);
}

static _Noreturn void kill_all(const struct guard_task *task, pid_t program) {
  if (program > 0) kill(program, SIGKILL);
  kill_descendants();
  remove_socket(task);
  _exit(0);
}

// Reaps children, and reports what has become of the program; 0 once it has ended.
static pid_t reap(pid_t program, int control) {
  int status;
  for (pid_t child; (child = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
    if (child != program) continue;
    if (WIFSTOPPED(status)) {
      report(control, platform_child_stopped, WSTOPSIG(status));
    } else {
      report(control, platform_child_ended, status);
      program = 0;
    }
  }
  return program;
}

// Carries out a request of the starter. At the starter's end kills everything.
static void serve_starter(const struct guard_task *task, pid_t program) {
  struct request request;
  ssize_t count = recv(task->control, &request, sizeof request, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count != sizeof request) kill_all(task, program);
  if (request.signal == 0) _exit(0);
  send_on(program, request);
}

static int open_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  for (int index = 0; index < forwarded_count; index++) sigaddset(&set, forwarded[index]);
  return signalfd(-1, &set, SFD_NONBLOCK);
}

// Closes the descriptors that the program has, so that a peer sees the program close them.
static void close_descriptors(struct guard_task *task) {
  int nowhere = open("/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; stream++) {
    if (nowhere < 0) close(stream); else dup2(nowhere, stream);
  }
  if (task->control != 3) dup2(task->control, 3);
  task->control = 3;
  syscall(SYS_close_range, 4, ~0u, 0);
}

_Noreturn void guard_child(const struct guard_task *given) {
  struct guard_task task = *given;
  prctl(PR_SET_NAME, "octopus-guard");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  signal(SIGCHLD, SIG_DFL);
  pid_t program = start(&task);
  if (program < 0) _exit(0);
  close_descriptors(&task);
  int signals = open_signals();
  struct pollfd sources[] = {
      {.fd = task.control, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
  program = reap(program, task.control);
  for (;;) {
    if (poll(sources, 2, send_waiting(program, 0)) < 0) continue;
    if (sources[1].revents) {
      read_signals(signals);
      program = reap(program, task.control);
    }
    if (sources[0].revents) serve_starter(&task, program);
  }
}
