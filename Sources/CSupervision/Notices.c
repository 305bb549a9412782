// Notices: the datagrams by which a program says how it is, as sd_notify(3) has them.
#define _GNU_SOURCE
#include "CNotices.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// The address of a path, or of an abstract name if that begins with @; 0 if it is too long.
static socklen_t address_of(const char *path, struct sockaddr_un *address) {
  size_t length = strlen(path);
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (length == 0 || length >= sizeof address->sun_path) {
    errno = length == 0 ? EINVAL : ENAMETOOLONG;
    return 0;
  }
  memcpy(address->sun_path, path, length);
  int is_abstract = path[0] == '@';
  if (is_abstract) address->sun_path[0] = 0;
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + !is_abstract);
}

static int datagram_socket(void) { return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); }

int platform_notice_socket(const char *path) {
  struct sockaddr_un address;
  socklen_t size = address_of(path, &address);
  int on = 1, descriptor = size ? datagram_socket() : -1;
  if (descriptor < 0) return -1;
  if (setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
      bind(descriptor, (struct sockaddr *)&address, size) != 0) {
    int number = errno;
    close(descriptor);
    errno = number;
    return -1;
  }
  // The receiver decides for each notice whether it counts: the program may have become another
  // user.
  chmod(path, 0666);
  return descriptor;
}

// Receives with room for the sender alone, or for descriptors as well. What finds no room is not
// opened.
static int receive(int socket, struct platform_notice *notice, int flags, int has_room) {
  struct iovec data = {notice->text, platform_notice_bytes};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof notice->descriptors)];
  } control;
  struct msghdr message = {
      .msg_iov = &data,
      .msg_iovlen = 1,
      .msg_control = &control,
      .msg_controllen = has_room ? sizeof control : CMSG_SPACE(sizeof(struct ucred)),
  };
  notice->process = 0;
  notice->user = UINT32_MAX;
  notice->count = 0;
  notice->size = 0;
  ssize_t size;
  do {
    size = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return -1;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    size_t length = header->cmsg_len - CMSG_LEN(0);
    if (header->cmsg_type == SCM_CREDENTIALS && length >= sizeof(struct ucred)) {
      struct ucred sender;
      memcpy(&sender, CMSG_DATA(header), sizeof sender);
      notice->process = sender.pid;
      notice->user = sender.uid;
    } else if (header->cmsg_type == SCM_RIGHTS) {
      size_t number = length / sizeof(int);
      memcpy(notice->descriptors, CMSG_DATA(header), number * sizeof(int));
      notice->count = (int32_t)number;
    }
  }
  // Every notice has a sender: this is the end.
  if (size == 0 && notice->user == UINT32_MAX) {
    errno = ESHUTDOWN;
    return -1;
  }
  notice->size = (int32_t)size;
  return !(message.msg_flags & MSG_TRUNC);
}

int platform_peek_notice(int socket, struct platform_notice *notice) {
  return receive(socket, notice, MSG_PEEK, 0);
}

int platform_take_notice(int socket, struct platform_notice *notice) {
  return receive(socket, notice, MSG_DONTWAIT, 1) < 0 ? -1 : 0;
}

void platform_drop_notice(int socket) { recv(socket, NULL, 0, MSG_DONTWAIT | MSG_TRUNC); }

int platform_send_notice(
    const char *path, const char *text, size_t size, const int32_t *descriptors, int count) {
  struct sockaddr_un address;
  socklen_t length = address_of(path, &address);
  if (!length) return -1;
  struct iovec data = {(void *)text, size};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * platform_notice_descriptors)];
  } control;
  struct msghdr message = {
      .msg_name = &address, .msg_namelen = length, .msg_iov = &data, .msg_iovlen = 1};
  if (count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(&control.header), descriptors, sizeof(int) * (size_t)count);
  }
  int descriptor = datagram_socket();
  if (descriptor < 0) return -1;
  struct timeval patience = {.tv_sec = 5};
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ssize_t sent;
  do {
    sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  int number = errno;
  close(descriptor);
  errno = number;
  return sent < 0 ? -1 : 0;
}

static int64_t milliseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int platform_await_notices(const char *path, int milliseconds) {
  static const char barrier[] = "BARRIER=1";
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  int result = platform_send_notice(path, barrier, sizeof barrier - 1, &ends[1], 1), number = errno;
  close(ends[1]);
  int64_t end = milliseconds_now() + milliseconds;
  while (result == 0) {
    // The receiver closes its copy of the other end.
    struct pollfd source = {.fd = ends[0]};
    int64_t left = end - milliseconds_now();
    result = poll(&source, 1, left > 0 ? (int)left : 0);
    number = errno;
    if (result < 0 && number == EINTR) result = 0;
    else if (result == 0) break;
  }
  close(ends[0]);
  errno = number;
  return result;
}
