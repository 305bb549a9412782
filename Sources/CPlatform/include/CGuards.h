// Programs that run on when the one that had them started does not.
#ifndef OCTOPUS_CGUARDS_H
#define OCTOPUS_CGUARDS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
  /// How many limits an order can have, and how many words of processors.
  platform_order_limits = 16,
  platform_order_cpu_words = 16,
  /// How long an order can be in all.
  platform_order_bytes = 128 << 10,
};

/// How a program is to be run. Behind it, each ended by a zero: its directory and its user, empty for this
/// process's; its arguments; and what its environment has besides this process's, as `NAME=value`.
struct platform_order {
  int32_t number;
  /// Whether it says itself when it is ready.
  int32_t notifies;
  int32_t argument_count;
  int32_t variable_count;
  int32_t limit_count;
  /// 0: it may run on any processor.
  int32_t has_cpus;
  uint64_t cpus[platform_order_cpu_words];
  int32_t resources[platform_order_limits];
  uint64_t limits[platform_order_limits];
};

/// Starts the launcher: a process that starts a guard, and that a program, for each order. It ends when
/// the answered descriptor is closed, that is with this process; the guards and programs do not.
///
/// What becomes of number n is written to files in `directory`, each there at once with all it says:
///
/// - `n.run`: `run { guard, guard_start, pid, start }`, the processes and when they began, before the
///   program does anything;
/// - `n.ready`: empty, that the program runs or, if it notifies, that its user or root has sent
///   `READY=1` to the socket `notify/n`, which its variable NOTIFY_SOCKET is to name;
/// - `n.exit`: `exit { status }` as wait(2) has it, or `exit { reason, errno }` if it could not be run.
///   All that the program had started is gone by then.
///
/// Its output goes to `log/n`, and when that is longer than `log_bytes` that becomes `log/n.1`.
///
/// The launcher, and each guard until `n.run` is written, hold `lock` open: while they do, someone may come
/// to be whom the files do not tell of. -1 and errno.
int platform_start_launcher(int directory, int lock, uint64_t log_bytes);

/// Orders a program. -1 and errno, which is EPIPE when the launcher has gone.
int platform_order(int launcher, const void *order, size_t size);

/// The number of the next program that could not be started and of which that could not be written: 1; 0 if
/// there is none now, -1 if the launcher has gone. `launcher` can be read when there is something to tell.
int platform_next_failure(int launcher, int32_t *number);

/// When a process began, in ticks since the machine did; 0 if there is no such process.
uint64_t platform_process_start(pid_t process);

/// A descriptor that can be read once the process has ended. -1 and errno.
int platform_open_process(pid_t process);

/// Watches the files of a directory that are written, moved there or removed. -1 and errno.
int platform_watch_directory(const char *path);

/// The names of files that have changed by now, each ended by a zero: how many bytes, 0 if there are none.
/// `lost` says that there were others.
ssize_t platform_read_changes(int watch, char *names, size_t size, int *lost);

#endif
