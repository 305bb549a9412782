// Programs that run for as long as this one lives.
//
// A guard stands between this process and the program. It is a fork without an exec, so it calls
// nothing but what is safe there, and it knows of this process's end by the end of a socket, which
// nothing can prevent. The program itself dies with its guard, should that be killed. What the
// program starts and leaves behind becomes the guard's child: it finds all of them.
#define _GNU_SOURCE
#include "CChildren.h"
#include "Programs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static sigset_t initial_mask;
static struct sigaction initial_pipe_action;

// This program never has more than these, and none but its caller gives it others.
enum { descriptors = 1024 };
static struct pollfd initial[descriptors], present[descriptors];

// Looks which descriptors are open: those without POLLNVAL. Answers how many it has looked at.
static size_t look(struct pollfd *found) {
  struct rlimit limit;
  size_t count = descriptors;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < count) count = limit.rlim_cur;
  for (size_t place = 0; place < count; place++) found[place] = (struct pollfd){.fd = (int)place};
  return poll(found, count, 0) < 0 ? 0 : count;
}

void platform_remember_start(void) {
  sigprocmask(SIG_SETMASK, NULL, &initial_mask);
  sigaction(SIGPIPE, NULL, &initial_pipe_action);
  look(initial);
}

// MARK: Signals

void platform_signal_child(int control, int signal) {
  send(control, &signal, sizeof signal, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static const int forwarded[] = {
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT, SIGWINCH, SIGPWR,
};
enum { forwarded_count = sizeof forwarded / sizeof forwarded[0] };
static struct sigaction previous[forwarded_count];
static volatile sig_atomic_t forwarding_control;

static void forward(int signal, siginfo_t *info, void *context) {
  (void)context;
  int number = errno;
  // The kernel's are those of the terminal: it has sent them to the program, too.
  if (info->si_code != SI_KERNEL) platform_signal_child(forwarding_control, signal);
  errno = number;
}

static void forward_signals(int control) {
  forwarding_control = control;
  struct sigaction action = {.sa_sigaction = forward, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigfillset(&action.sa_mask);
  for (int index = 0; index < forwarded_count; index++) {
    sigaction(forwarded[index], NULL, &previous[index]);
    // Who starts a program with a signal ignored means all that it starts, as nohup does.
    if (previous[index].sa_handler != SIG_IGN) sigaction(forwarded[index], &action, NULL);
  }
}

void platform_keep_signals(void) {
  for (int index = 0; index < forwarded_count; index++) {
    sigaction(forwarded[index], &previous[index], NULL);
  }
}

// MARK: The guard

static void report(int control, int kind, int value) {
  struct platform_child_event event = {kind, value};
  send(control, &event, sizeof event, MSG_NOSIGNAL);
}

static int become(char *const arguments[], char *const environment[]) {
  // The network library's are not all close-on-exec.
  size_t count = look(present);
  for (size_t place = 0; place < count; place++) {
    int is_ours = initial[place].revents & POLLNVAL && !(present[place].revents & POLLNVAL);
    if (is_ours) fcntl((int)place, F_SETFD, FD_CLOEXEC);
  }
  sigaction(SIGPIPE, &initial_pipe_action, NULL);
  sigprocmask(SIG_SETMASK, &initial_mask, NULL);
  execvpe(arguments[0], arguments, environment);
  return errno;
}

int platform_become(char *const arguments[]) { return become(arguments, environ); }

// The program's process, or -1 when it could not be run, of which the other side has been told.
static pid_t start(char *const arguments[], char *const environment[], int control) {
  int ends[2], number = 0;
  pid_t guard = getpid(), program = -1;
  if (pipe2(ends, O_CLOEXEC) != 0 || (program = fork()) < 0) {
    report(control, platform_child_failed, errno);
    return -1;
  }
  if (program == 0) {
    // Should the guard have gone before the kernel was asked to tell, nobody would tell.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != guard) _exit(127);
    platform_keep_signals();
    number = become(arguments, environment);
    (void)!write(ends[1], &number, sizeof number);
    _exit(127);
  }
  close(ends[1]);
  // Its exec closes the other end.
  ssize_t count = read(ends[0], &number, sizeof number);
  close(ends[0]);
  if (count == sizeof number) {
    waitpid(program, NULL, 0);
    report(control, platform_child_failed, number);
    return -1;
  }
  report(control, platform_child_started, program);
  return program;
}

static _Noreturn void kill_all(pid_t program) {
  if (program > 0) kill(program, SIGKILL);
  kill_descendants();
  _exit(0);
}

// Takes the ends of children; 0 once the program's is among them, of which it tells.
static pid_t reap(pid_t program, int control) {
  int status;
  for (pid_t child; (child = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (child != program) continue;
    report(control, platform_child_ended, status);
    program = 0;
  }
  return program;
}

enum { spare_descendants = 0 };

// Does as the control says; at its end kills what there is.
static void obey(int control, pid_t program) {
  int message;
  ssize_t count = recv(control, &message, sizeof message, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count != sizeof message) kill_all(program);
  if (message == spare_descendants) _exit(0);
  if (program > 0) kill(program, message);
}

static _Noreturn void guard(char *const arguments[], char *const environment[], int control) {
  // Nothing that this process had open is kept open by its guard, but what the program inherits.
  for (int stream = 0; stream < 3; stream++) {
    if (stream != control && fcntl(stream, F_GETFD) & FD_CLOEXEC) close(stream);
  }
  prctl(PR_SET_NAME, "octopus-guard");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  signal(SIGCHLD, SIG_DFL);
  pid_t program = start(arguments, environment, control);
  if (program < 0) _exit(0);
  if (control != 3) dup2(control, 3);
  control = 3;
  syscall(SYS_close_range, 4, ~0u, 0);

  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  int ends = signalfd(-1, &child, SFD_NONBLOCK);
  struct pollfd sources[] = {{.fd = control, .events = POLLIN}, {.fd = ends, .events = POLLIN}};
  program = reap(program, control);
  for (;;) {
    if (poll(sources, 2, -1) < 0) continue;
    if (sources[1].revents) {
      struct signalfd_siginfo ignored;
      while (read(ends, &ignored, sizeof ignored) > 0) {
      }
      program = reap(program, control);
    }
    if (sources[0].revents) obey(control, program);
  }
}

// MARK: This process

pid_t platform_start_child(char *const arguments[], char *const additions[], int *control) {
  int ends[2];
  char **environment = environment_with(additions);
  if (!environment) return -1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    free(environment);
    return -1;
  }
  // No signal is for the guard, nor for the program before its exec.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  forward_signals(ends[0]);
  pid_t process = fork();
  if (process == 0) {
    close(ends[0]);
    guard(arguments, environment, ends[1]);
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
  // A guard that is killed before it has read all that it was told leaves this.
  if (count < 0 && errno == ECONNRESET) return 0;
  return count < 0 ? -1 : count == sizeof *event;
}

void platform_spare_descendants(int control) { platform_signal_child(control, spare_descendants); }
