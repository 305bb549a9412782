// The shims, each a call that Swift cannot make or a constant that it cannot see.
#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int platform_accept(int listener) {
  return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int platform_stream_socket(int family) { return socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0); }

int platform_datagram_socket(void) { return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); }

void platform_keep_freed_memory(int bytes) { mallopt(M_TRIM_THRESHOLD, bytes); }

void platform_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

int platform_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int platform_epoll(void) { return epoll_create1(EPOLL_CLOEXEC); }

static struct epoll_event wish(uint32_t wanted, int64_t id) {
  uint32_t events = EPOLLET | (wanted & platform_readable ? EPOLLIN : 0) |
                    (wanted & platform_writable ? EPOLLOUT : 0) |
                    (wanted & platform_ended ? EPOLLRDHUP : 0);
  return (struct epoll_event){.events = events, .data.u64 = (uint64_t)id};
}

int platform_epoll_add(int epoll, int descriptor, uint32_t wanted, int64_t id) {
  struct epoll_event event = wish(wanted, id);
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int platform_epoll_change(int epoll, int descriptor, uint32_t wanted, int64_t id) {
  struct epoll_event event = wish(wanted, id);
  return epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
}

void platform_epoll_remove(int epoll, int descriptor) {
  epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL);
}

int platform_epoll_wait(int epoll, struct platform_readiness *ready, int most, int milliseconds) {
  enum { room = 256 };
  struct epoll_event events[room];
  int count = epoll_wait(epoll, events, most < room ? most : room, milliseconds);
  for (int i = 0; i < count; i++) {
    uint32_t is = events[i].events;
    ready[i].id = (int64_t)events[i].data.u64;
    ready[i].state = (is & EPOLLIN ? platform_readable : 0) | (is & EPOLLOUT ? platform_writable : 0) |
                     (is & EPOLLRDHUP ? platform_ended : 0) |
                     (is & (EPOLLHUP | EPOLLERR) ? platform_broken : 0);
  }
  return count < 0 ? 0 : count;
}

int platform_peer(int descriptor, uint32_t *user, int32_t *process) {
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
  *user = credentials.uid;
  *process = credentials.pid;
  return 0;
}

int platform_named_datagram_socket(char *name, size_t size) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  socklen_t length = sizeof address.sun_family;
  int on = 1, descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  // An address without a name lets the kernel choose one.
  if (setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
      bind(descriptor, (struct sockaddr *)&address, length) != 0 ||
      (length = sizeof address, getsockname(descriptor, (struct sockaddr *)&address, &length)) != 0) {
    close(descriptor);
    return -1;
  }
  size_t count = length - offsetof(struct sockaddr_un, sun_path) - 1;
  if (count >= size) count = size - 1;
  memcpy(name, address.sun_path + 1, count);
  name[count] = 0;
  return descriptor;
}

ssize_t platform_receive_datagram(
    int descriptor, void *buffer, size_t size, int32_t *process, uint32_t *user) {
  struct iovec data = {buffer, size};
  struct ucred credentials;
  // Has room for these alone: the kernel closes the descriptors that do not fit.
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof credentials)];
  } control;
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t count = recvmsg(descriptor, &message, MSG_CMSG_CLOEXEC);
  struct cmsghdr *header = count < 0 ? NULL : CMSG_FIRSTHDR(&message);
  int is_known = header && header->cmsg_level == SOL_SOCKET &&
                 header->cmsg_type == SCM_CREDENTIALS && header->cmsg_len >= CMSG_LEN(sizeof credentials);
  if (is_known) memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
  *process = is_known ? credentials.pid : 0;
  *user = is_known ? credentials.uid : UINT32_MAX;
  return count;
}

int platform_send_datagram(const char *path, const char *text) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length > sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = 0;
  int descriptor = platform_datagram_socket();
  if (descriptor < 0) return -1;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  ssize_t count =
      sendto(descriptor, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  int number = errno;
  close(descriptor);
  errno = number;
  return count < 0 ? -1 : 0;
}
