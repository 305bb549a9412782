// Running a program for as long as this one lives, and passing it the signals that this one gets.
#ifndef OCTOPUS_CCHILDPROCESSES_H
#define OCTOPUS_CCHILDPROCESSES_H

#include <stdint.h>
#include <sys/types.h>

enum {
  /// The program runs; the value is its process.
  platform_child_started = 1,
  /// It could not be run; the value is an errno.
  platform_child_failed,
  /// It has ended; the value is its status as wait(2) has it.
  platform_child_ended,
  /// It has stopped; the value is the signal that stopped it.
  platform_child_stopped,
};

/// What became of a program that was started.
struct platform_child_event {
  int32_t kind;
  int32_t value;
};

/// Remembers with which signals blocked and ignored this program was started, and with which
/// descriptors, so that those that it runs are started with the same. A standard stream that is
/// closed is /dev/null to this program. To be called before anything changes that.
void platform_remember_start(void);

/// Runs another program, found in PATH, in the place of this one. Only comes back, with an errno,
/// when it cannot.
int platform_become(char *const arguments[]);

/// Starts a program, found in PATH, under a guard: a process of its own that outlives this one by
/// as much as it takes to kill the program and all its descendants. Answers the guard, or -1 and
/// errno.
///
/// The program's environment is this one's and `additions`, each `NAME=value`. `control` becomes a
/// descriptor to be given to the functions below. When it is shut or closed, and so when this
/// process ends in any way, the guard kills what is left of the program and its descendants.
///
/// LISTEN_PID and similar variables that hold this process's id hold the program's id in its
/// environment.
///
/// From now on the guard passes signals that others send to this process on to the program. Signals
/// of the terminal reach the program from the terminal, and those to the whole process group or
/// control group from their sender. When this process ends the guard removes `socket` and then
/// `directory`, unless they are null.
pid_t platform_start_child(
    char *const arguments[], char *const additions[], const char *directory, const char *socket,
    int *control);

/// Closes what this process was given for the program, all but its standard error: what the program
/// closes is closed then. No other program can be started with the same descriptors.
void platform_leave_descriptors(void);

/// Waits for the next event. 1; 0 if there are no more, which is not before the program has ended
/// unless the guard was killed; -1 and errno.
int platform_next_child_event(int control, struct platform_child_event *event);

/// Sends a signal to the program, if it has not ended.
void platform_signal_child(int control, int signal);

/// Lets what the program has left behind live when the control is closed.
void platform_spare_descendants(int control);

/// From now on signals do what they did before a program was started.
void platform_keep_signals(void);

/// Stops this process as the program was stopped, unless that goes on by now.
void platform_stop_with_child(pid_t process, int signal);

/// Ends this process by the signal that ended the program, without a core of its own. Comes back if
/// the kernel does not let it, which is so for a container's first process.
void platform_end_as_child(int signal);

#endif
