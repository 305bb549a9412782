// What the platform offers only to C: structures and macros that Swift cannot import.
#ifndef OCTOPUS_CPLATFORM_H
#define OCTOPUS_CPLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Makes libc look users, groups and hosts up in /etc and DNS alone. A statically linked program
/// must call this first: libc would load the modules that nsswitch.conf names, and some of them
/// crash in such a program.
void platform_use_builtin_lookups(void);

/// Keeps up to `bytes` of freed memory at the end of a heap. One round of work needs as much as the
/// one before; giving memory back to the kernel in between costs a page fault for every page.
void platform_keep_freed_memory(int bytes);

/// Names the calling thread for `ps -L` and debuggers: the first 15 bytes.
void platform_name_thread(const char *name);

/// The program's name and its arguments, ended by a null. Swift reads its own in /proc, and finds
/// none where nothing is mounted there.
char *const *platform_command_line(void);

/// Takes the next connection off a listening socket: close-on-exec from its first instant, and
/// non-blocking. -1 and errno as accept4(2).
int platform_accept(int listener);

/// A stream socket of a family, close-on-exec from its first instant. -1 and errno as socket(2).
int platform_stream_socket(int family);

/// A datagram socket for Unix addresses, close-on-exec from its first instant. -1 and errno.
int platform_datagram_socket(void);

/// A file in memory, close-on-exec. -1 and errno as memfd_create(2).
int platform_memory_file(const char *name);

/// A descriptor that can be read once the process has ended. -1 and errno as pidfd_open(2).
int platform_pidfd(pid_t process);

/// The flag of posix_spawnattr_setflags(3) with which a program gets a session of its own.
extern const short platform_spawn_new_session;

/// A counter that can be polled, close-on-exec from its first instant. -1 and errno.
int platform_eventfd(void);

/// The conditions of a descriptor in an epoll(7) instance, to be combined.
enum {
  platform_readable = 1,
  platform_writable = 2,
  /// The peer has shut down its writing side; there may still be something to read.
  platform_ended = 4,
  /// Nothing can be written any more. Reported even if it is not asked for.
  platform_broken = 8,
};

/// The conditions that hold for the descriptor that was added with this id.
struct platform_readiness {
  int64_t id;
  uint32_t state;
};

/// An edge-triggered, close-on-exec epoll(7) instance. -1 and errno.
int platform_epoll(void);

/// Adds a descriptor, or changes the conditions to report. Both also report conditions that already
/// hold. 0, or -1 and errno.
int platform_epoll_add(int epoll, int descriptor, uint32_t wanted, int64_t id);
int platform_epoll_change(int epoll, int descriptor, uint32_t wanted, int64_t id);
void platform_epoll_remove(int epoll, int descriptor);

/// Waits until a condition holds, or for `milliseconds` (-1: no limit). The number of descriptors
/// that are reported: at most `most`, and at most 256.
int platform_epoll_wait(int epoll, struct platform_readiness *ready, int most, int milliseconds);

/// The user and the process at the other end of a Unix socket, as the kernel knows them. 0, or -1
/// and errno.
int platform_peer(int descriptor, uint32_t *user, int32_t *process);

/// The CRC-32C (Castagnoli; RFC 3720, appendix B.4) of bytes that follow those with the checksum
/// `crc`; 0 at the start. With the instruction of the processor where it has one.
uint32_t platform_crc32c(uint32_t crc, const void *bytes, size_t count);

/// Has the file system set space aside for a file up to `end`, without a change of the file's
/// size. 0, or -1 and errno as fallocate(2).
int platform_reserve(int descriptor, int64_t end);

#endif
