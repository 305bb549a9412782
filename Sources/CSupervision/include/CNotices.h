// Notices: the datagrams by which a program says how it is, as sd_notify(3) has them.
#ifndef OCTOPUS_CNOTICES_H
#define OCTOPUS_CNOTICES_H

#include <stdint.h>
#include <sys/types.h>

enum {
  /// How long a notice can be; what is longer is not one. As systemd has it.
  platform_notice_bytes = 4096,
  /// How many descriptors the kernel lets come with a datagram.
  platform_notice_descriptors = 253,
};

/// A notice: its sender, as the kernel knows it, its text and its descriptors.
struct platform_notice {
  int32_t process;
  uint32_t user;
  int32_t size;
  int32_t count;
  char text[platform_notice_bytes];
  int32_t descriptors[platform_notice_descriptors];
};

/// A socket in the file system to which every user may send notices; receiving on it blocks. -1 and
/// errno.
int platform_notice_socket(const char *path);

/// Waits for the next notice and says from whom it is; it stays the next until one of the two
/// functions below has taken it. 1; 0 if it is too long to be one; -1 and errno, also once all have
/// been taken that came before the socket was shut down.
int platform_peek_notice(int socket, struct platform_notice *notice);

/// Takes the next notice, with descriptors that the caller closes. 0, or -1 and errno.
int platform_take_notice(int socket, struct platform_notice *notice);

/// Takes the next notice and forgets it: its descriptors are never opened.
void platform_drop_notice(int socket);

/// Sends a notice to the socket at a path, or of an abstract name if that begins with @. Waits for
/// room, but no longer than five seconds. 0, or -1 and errno.
int platform_send_notice(
    const char *path, const char *text, size_t size, const int32_t *descriptors, int count);

/// Waits until the receiver of all notices sent to this path so far has handled them (`BARRIER=1`):
/// 1; 0 if it has not after this many milliseconds; -1 and errno.
int platform_await_notices(const char *path, int milliseconds);

#endif
