// The shims: calls that Swift cannot make and constants that it cannot see.
#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int platform_accept(int listener) {
  return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int platform_stream_socket(int family) { return socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0); }

void platform_keep_freed_memory(int bytes) { mallopt(M_TRIM_THRESHOLD, bytes); }

void platform_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

int platform_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int platform_pidfd(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

const short platform_spawn_new_session = POSIX_SPAWN_SETSID;

int platform_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int platform_epoll(void) { return epoll_create1(EPOLL_CLOEXEC); }

static struct epoll_event event_for(uint32_t wanted, int64_t id) {
  uint32_t events = EPOLLET | (wanted & platform_readable ? EPOLLIN : 0) |
                    (wanted & platform_writable ? EPOLLOUT : 0) |
                    (wanted & platform_ended ? EPOLLRDHUP : 0);
  return (struct epoll_event){.events = events, .data.u64 = (uint64_t)id};
}

int platform_epoll_add(int epoll, int descriptor, uint32_t wanted, int64_t id) {
  struct epoll_event event = event_for(wanted, id);
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int platform_epoll_change(int epoll, int descriptor, uint32_t wanted, int64_t id) {
  struct epoll_event event = event_for(wanted, id);
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

int platform_reserve(int descriptor, int64_t end) {
  return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, end);
}
