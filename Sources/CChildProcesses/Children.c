// Starts programs that run for as long as this process lives, each under a guard: a process between
// this one and the program.
#define _GNU_SOURCE
#include "CChildProcesses.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "Children.h"
#include "CProcesses.h"

// MARK: The state at the start of this process

static sigset_t initial_mask;
static struct sigaction initial_pipe_action, initial_child_action;
static int initial_nice, initial_death_signal;
static pid_t initial_parent;

// More than this process ever has, unless its caller has passed others.
enum { descriptors = 4096 };
static struct pollfd initial[descriptors], present[descriptors];

// Finds the open descriptors: those without POLLNVAL. The number of descriptors that were looked
// at.
static size_t list_descriptors(struct pollfd *found) {
  struct rlimit limit;
  size_t count = descriptors;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < count) count = limit.rlim_cur;
  for (size_t number = 0; number < count; number++) found[number] = (struct pollfd){.fd = (int)number};
  return poll(found, count, 0) < 0 ? 0 : count;
}

static int was_open(size_t number) { return !(initial[number].revents & POLLNVAL); }

void platform_remember_start(void) {
  sigprocmask(SIG_SETMASK, NULL, &initial_mask);
  sigaction(SIGPIPE, NULL, &initial_pipe_action);
  sigaction(SIGCHLD, NULL, &initial_child_action);
  initial_nice = getpriority(PRIO_PROCESS, 0);
  prctl(PR_GET_PDEATHSIG, &initial_death_signal);
  initial_parent = getppid();
  size_t count = list_descriptors(initial);
  // Otherwise a file that this process opens would become its standard stream.
  for (size_t stream = 0; stream < 3 && stream < count; stream++) {
    if (!was_open(stream)) (void)!open("/dev/null", O_RDWR | O_CLOEXEC);
  }
}

int become(char *const arguments[], char *const environment[]) {
  // Not all descriptors of the network library are close-on-exec.
  size_t count = list_descriptors(present);
  for (size_t number = 0; number < count; number++) {
    int is_ours = !was_open(number) && !(present[number].revents & POLLNVAL);
    if (is_ours) fcntl((int)number, F_SETFD, FD_CLOEXEC);
  }
  sigaction(SIGPIPE, &initial_pipe_action, NULL);
  sigaction(SIGCHLD, &initial_child_action, NULL);
  sigprocmask(SIG_SETMASK, &initial_mask, NULL);
  // Threads of the concurrency library have others.
  setpriority(PRIO_PROCESS, 0, initial_nice);
  execvpe(arguments[0], arguments, environment);
  return errno;
}

int platform_become(char *const arguments[]) {
  // The setting belongs to the first thread, and this may be another.
  prctl(PR_SET_PDEATHSIG, initial_death_signal);
  if (initial_death_signal && getppid() != initial_parent) kill(getpid(), initial_death_signal);
  return become(arguments, environ);
}

void platform_leave_descriptors(void) {
  int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int stream = 0; nowhere >= 0 && stream < 2; stream++) dup2(nowhere, stream);
  close(nowhere);
  struct rlimit limit;
  size_t count = descriptors;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < count) count = limit.rlim_cur;
  for (size_t number = 3; number < count; number++) {
    if (was_open(number)) close((int)number);
    initial[number].revents = POLLNVAL;
  }
}

// MARK: Signals

const int forwarded[forwarded_count] = {
    SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,   SIGALRM, SIGCONT, SIGWINCH, SIGPWR,
    SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,  SIGIO,   SIGVTALRM, SIGPROF, SIGXCPU, SIGABRT,
};
static struct sigaction previous[forwarded_count];
static volatile sig_atomic_t forwarding_control;

static void request(int control, int signal, pid_t sender) {
  struct request request = {signal, sender};
  send(control, &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void platform_signal_child(int control, int signal) { request(control, signal, 0); }

void platform_spare_descendants(int control) { request(control, 0, 0); }

static void raise_default(int signal);

static void forward(int signal, siginfo_t *info, void *context) {
  (void)context;
  int number = errno;
  int is_own = signal == SIGABRT && info->si_pid == getpid();
  if (info->si_code != SI_KERNEL) {
    if (!is_own) request(forwarding_control, signal, info->si_pid);
  } else if (signal == SIGALRM || signal == SIGXCPU) {
    // A timer or a limit of this process. All other signals of the kernel come from the terminal,
    // and the program gets them, too.
    request(forwarding_control, signal, 0);
  } else if (signal == SIGTTIN || signal == SIGTTOU) {
    // Otherwise the interrupted system call would be restarted, and send the signal again.
    raise_default(signal);
  }
  errno = number;
}

static void forward_signals(int control) {
  forwarding_control = control;
  struct sigaction action = {.sa_sigaction = forward, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigfillset(&action.sa_mask);
  for (int index = 0; index < forwarded_count; index++) {
    sigaction(forwarded[index], NULL, &previous[index]);
    // A signal that is ignored at the start, as by nohup, is ignored in all descendants.
    if (previous[index].sa_handler != SIG_IGN) sigaction(forwarded[index], &action, NULL);
  }
}

void platform_keep_signals(void) {
  for (int index = 0; index < forwarded_count; index++) {
    sigaction(forwarded[index], &previous[index], NULL);
  }
}

// Raises a signal with its default action. It is pending before it takes effect: if another of the
// same kind is on its way, SIGCONT removes both, and this process is not stopped twice.
static void raise_default(int signal) {
  struct sigaction standard = {.sa_handler = SIG_DFL}, before;
  sigset_t set, mask;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, &mask);
  raise(signal);
  sigaction(signal, &standard, &before);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  sigaction(signal, &before, NULL);
}

void platform_stop_with_child(pid_t process, int signal) {
  // If the program runs again, SIGCONT was sent to both, and is not sent again.
  char text[512];
  snprintf(text, sizeof text, "/proc/%d/stat", (int)process);
  int file = open(text, O_RDONLY | O_CLOEXEC);
  ssize_t count = file < 0 ? 0 : read(file, text, sizeof text - 2);
  if (file >= 0) close(file);
  text[count < 0 ? 0 : count] = 0;
  // `pid (name) state …`, and the name may be anything.
  const char *name_end = strrchr(text, ')');
  if (count > 0 && name_end && name_end[1] && name_end[2] != 'T') return;
  raise_default(signal);
}

void platform_end_as_child(int signal) {
  // The program has dumped its core.
  prctl(PR_SET_DUMPABLE, 0);
  raise_default(signal);
}

// MARK: Starting

pid_t platform_start_child(
    char *const arguments[], char *const additions[], const char *directory, const char *socket,
    int *control) {
  int ends[2];
  char **environment = environment_with(additions);
  if (!environment) return -1;
  prepare_process_variables(environment);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    free(environment);
    return -1;
  }
  // The guard gets no signals, and the program gets none before its exec.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  forward_signals(ends[0]);
  pid_t process = fork();
  if (process == 0) {
    close(ends[0]);
    guard_child(&(struct guard_task){arguments, environment, ends[1], directory, socket});
  }
  int number = errno;
  free(environment);
  close(ends[1]);
  if (process < 0) {
    platform_keep_signals();
    close(ends[0]);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  *control = ends[0];
  errno = number;
  return process;
}

int platform_next_child_event(int control, struct platform_child_event *event) {
  ssize_t count;
  do {
    count = recv(control, event, sizeof *event, 0);
  } while (count < 0 && errno == EINTR);
  // A guard that is killed with unread requests leaves this error.
  if (count < 0 && errno == ECONNRESET) return 0;
  return count < 0 ? -1 : count == sizeof *event;
}
