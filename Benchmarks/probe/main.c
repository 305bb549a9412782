// Creates network interfaces, and is the driver of each.
//
//   probe drive SOCKET NAME [exit]   reports when it began, and waits for a signal, or ends
//   probe each SOCKET COUNT          creates interfaces one after the other; prints two times for
//                                    each, in nanoseconds: until a bare listener had the kernel's
//                                    event, and until the driver began
//   probe burst SOCKET COUNT         creates all at once; prints the time until the last driver
//                                    began
//
// Drivers report to SOCKET, where `each` and `burst` listen. Times count from the request to the
// kernel to create the interface.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <poll.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static _Noreturn void fail(const char *what) {
  perror(what);
  exit(1);
}

static int datagram_socket(
    const char *path, int (*attach)(int, const struct sockaddr *, socklen_t)) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (attach(descriptor, (struct sockaddr *)&address, sizeof address) != 0) fail(path);
  return descriptor;
}

// MARK: Interfaces

static char message[4096];

static struct rtattr *begin(unsigned short type) {
  struct nlmsghdr *header = (struct nlmsghdr *)message;
  struct rtattr *attribute = (struct rtattr *)(message + NLMSG_ALIGN(header->nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(0);
  header->nlmsg_len = NLMSG_ALIGN(header->nlmsg_len) + RTA_LENGTH(0);
  return attribute;
}

static void add(const void *bytes, size_t size) {
  struct nlmsghdr *header = (struct nlmsghdr *)message;
  memcpy(message + header->nlmsg_len, bytes, size);
  header->nlmsg_len += NLMSG_ALIGN(size);
}

static void end(struct rtattr *attribute) {
  struct nlmsghdr *header = (struct nlmsghdr *)message;
  attribute->rta_len = (unsigned short)(message + header->nlmsg_len - (char *)attribute);
}

static void add_text(unsigned short type, const char *text) {
  struct rtattr *attribute = begin(type);
  add(text, strlen(text) + 1);
  end(attribute);
}

static void ask(int route) {
  struct nlmsghdr *header = (struct nlmsghdr *)message;
  if (send(route, message, header->nlmsg_len, 0) < 0) fail("rtnetlink");
  ssize_t size = recv(route, message, sizeof message, 0);
  struct nlmsgerr *error = NLMSG_DATA(header);
  if (size < 0 || header->nlmsg_type != NLMSG_ERROR) fail("rtnetlink");
  errno = -error->error;
  if (errno != 0) fail("rtnetlink");
}

static void start(unsigned short type, unsigned short flags) {
  struct ifinfomsg none = {.ifi_family = AF_UNSPEC};
  memset(message, 0, sizeof message);
  struct nlmsghdr *header = (struct nlmsghdr *)message;
  *header = (struct nlmsghdr){
      .nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags};
  add(&none, sizeof none);
}

// A pair: p<number>l, which has a driver, and p<number>r.
static void make(int route, int number) {
  char left[16], right[16];
  struct ifinfomsg none = {.ifi_family = AF_UNSPEC};
  snprintf(left, sizeof left, "p%dl", number);
  snprintf(right, sizeof right, "p%dr", number);
  start(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  add_text(IFLA_IFNAME, left);
  struct rtattr *info = begin(IFLA_LINKINFO);
  add_text(IFLA_INFO_KIND, "veth");
  struct rtattr *data = begin(IFLA_INFO_DATA), *peer = begin(VETH_INFO_PEER);
  add(&none, sizeof none);
  add_text(IFLA_IFNAME, right);
  end(peer);
  end(data);
  end(info);
  ask(route);
}

static void unmake(int route, int number) {
  char left[16];
  snprintf(left, sizeof left, "p%dl", number);
  start(RTM_DELLINK, 0);
  add_text(IFLA_IFNAME, left);
  ask(route);
}

// MARK: What is waited for

// When the driver of an interface began.
static int64_t hear_driver(int drivers) {
  char text[64] = "";
  struct pollfd source = {.fd = drivers, .events = POLLIN};
  if (poll(&source, 1, 30000) != 1) fail("no driver has begun");
  if (recv(drivers, text, sizeof text - 1, 0) < 0) fail("recv");
  return strtoll(text, NULL, 10);
}

// A second process that does nothing else writes to a pipe when it had the event of an interface.
static void listen_to_kernel(int report) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
  int kernel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
  if (bind(kernel, (struct sockaddr *)&address, sizeof address) != 0) fail("uevents");
  int64_t ready = 0;
  if (write(report, &ready, sizeof ready) < 0) return;
  char event[8192];
  for (ssize_t size; (size = recv(kernel, event, sizeof event - 1, 0)) > 0;) {
    int64_t time = now();
    event[size] = 0;
    // add@/devices/virtual/net/p0l
    const char *name = strrchr(event, '/');
    if (strncmp(event, "add@", 4) != 0 || !name || name[1] != 'p') continue;
    if (event[strlen(event) - 1] == 'l' && write(report, &time, sizeof time) < 0) return;
  }
}

static int start_listener(void) {
  int ends[2];
  if (pipe(ends) != 0) fail("pipe");
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    listen_to_kernel(ends[1]);
    _exit(0);
  }
  close(ends[1]);
  return ends[0];
}

static int64_t next(int listener) {
  int64_t time;
  if (read(listener, &time, sizeof time) != sizeof time) fail("the listener has ended");
  return time;
}

static void pause_for(int milliseconds) { usleep((useconds_t)milliseconds * 1000); }

static void make_each(int route, int drivers, int count) {
  int listener = start_listener();
  next(listener);
  // The first ones warm up what starts them.
  for (int number = -5; number < count; number++) {
    int64_t asked = now();
    make(route, number + 5);
    int64_t began = hear_driver(drivers), heard = next(listener);
    if (number >= 0) printf("%lld %lld\n", (long long)(heard - asked), (long long)(began - asked));
    pause_for(20);
    unmake(route, number + 5);
    pause_for(30);
  }
}

static void make_burst(int route, int drivers, int count) {
  make(route, 0);
  hear_driver(drivers);
  pause_for(100);
  int64_t asked = now(), last = 0;
  for (int number = 1; number <= count; number++) make(route, number);
  for (int number = 1; number <= count; number++) {
    int64_t began = hear_driver(drivers);
    if (began > last) last = began;
  }
  printf("%lld\n", (long long)(last - asked));
}

int main(int count, char **words) {
  if (count >= 4 && strcmp(words[1], "drive") == 0) {
    char text[64];
    int size = snprintf(text, sizeof text, "%lld %s", (long long)now(), words[3]);
    if (send(datagram_socket(words[2], connect), text, (size_t)size, 0) < 0) fail("send");
    if (count == 4) pause();
    return 0;
  }
  if (count != 4) return 2;
  int drivers = datagram_socket(words[2], bind);
  int route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (strcmp(words[1], "each") == 0) make_each(route, drivers, atoi(words[3]));
  if (strcmp(words[1], "burst") == 0) make_burst(route, drivers, atoi(words[3]));
  return 0;
}
