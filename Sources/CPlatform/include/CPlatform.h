// What the platform offers only to C: structures and macros that Swift cannot import.
#ifndef OCTOPUS_CPLATFORM_H
#define OCTOPUS_CPLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "CChildren.h"
#include "CGuards.h"
#include "CNotices.h"

/// Makes lookups of users, groups and hosts use what libc itself has (/etc files, DNS). A statically
/// linked program must call this first: it would load the modules that nsswitch.conf names, and
/// some of them crash in it.
void platform_use_builtin_lookups(void);

/// Keeps up to so many bytes of freed memory at the end of a heap. What one round of work has needed,
/// the next needs again; to give it back to the kernel in between costs a fault for every page.
void platform_keep_freed_memory(int bytes);

/// Names the calling thread for `ps -L` and debuggers: the first 15 bytes.
void platform_name_thread(const char *name);

/// The program's name and its arguments, ended by a null. Swift reads its own in /proc, and finds none
/// where nothing is mounted there.
char *const *platform_command_line(void);

/// Takes the next connection off a listening socket: close-on-exec from its first instant, and
/// non-blocking. -1 and errno as accept4(2).
int platform_accept(int listener);

/// A stream socket of a family, close-on-exec from its first instant. -1 and errno as socket(2).
int platform_stream_socket(int family);

/// A counter that can be polled, close-on-exec from its first instant.
int platform_eventfd(void);

/// What can be said of a descriptor in an epoll(7): what one wants to hear, and what is so.
enum {
  platform_readable = 1,
  platform_writable = 2,
  /// The other end will say no more; there may still be something to read.
  platform_ended = 4,
  /// Nothing can be written any more. Told unasked.
  platform_broken = 8,
};

/// What is so of the descriptor that was added with this number.
struct platform_readiness {
  int64_t id;
  uint32_t state;
};

/// Descriptors of which one waits until something becomes so of any: an epoll(7), edge-triggered and
/// close-on-exec. -1 and errno.
int platform_epoll(void);

/// Adds a descriptor, or changes what one wants to hear of it. Either way one hears of what is so already. 0, or
/// -1 and errno.
int platform_epoll_add(int epoll, int descriptor, uint32_t wanted, int64_t id);
int platform_epoll_change(int epoll, int descriptor, uint32_t wanted, int64_t id);
void platform_epoll_remove(int epoll, int descriptor);

/// Waits for so long (-1: for ever) until something becomes so, and answers of how many descriptors: at most
/// `most`, and at most 256.
int platform_epoll_wait(int epoll, struct platform_readiness *ready, int most, int milliseconds);

/// The user and the process at the other end of a Unix socket, as the kernel knows them. 0, or -1
/// and errno.
int platform_peer(int descriptor, uint32_t *user, int32_t *process);

#endif
