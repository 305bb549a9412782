// The order: what kaluga wants run, as `key=value` entries that each end with a zero byte.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// All that can be read, with a zero byte after it. Null and errno.
static char *read_all(int descriptor, size_t *size) {
  size_t capacity = 16 << 10;
  char *text = malloc(capacity);
  *size = 0;
  while (text) {
    ssize_t count = read(descriptor, text + *size, capacity - 1 - *size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    *size += (size_t)count;
    text[*size] = 0;
    if (count == 0) return text;
    if (*size < capacity - 1) continue;
    char *larger = realloc(text, capacity *= 2);
    if (!larger) break;
    text = larger;
  }
  free(text);
  return NULL;
}

// A number up to a limit; false if it is none.
static bool read_number(const char *text, unsigned long limit, unsigned long *number) {
  char *end;
  errno = 0;
  *number = strtoul(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == 0 && errno == 0 && *number <= limit;
}

static const struct {
  const char *name;
  __rlimit_resource_t resource;
} resources[] = {
    {"as", RLIMIT_AS},         {"core", RLIMIT_CORE},       {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},     {"fsize", RLIMIT_FSIZE},     {"memlock", RLIMIT_MEMLOCK},
    {"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC},     {"rtprio", RLIMIT_RTPRIO},
    {"stack", RLIMIT_STACK},
};

// `nofile:64` or `core:infinity`.
static bool add_limit(struct order *order, const char *text) {
  const char *colon = strchr(text, ':');
  if (!colon || order->limit_count == max_limits) return false;
  size_t length = (size_t)(colon - text);
  for (size_t index = 0; index < sizeof resources / sizeof *resources; index++) {
    const char *name = resources[index].name;
    if (strlen(name) != length || strncmp(name, text, length) != 0) continue;
    unsigned long value = RLIM_INFINITY;
    bool is_infinite = strcmp(colon + 1, "infinity") == 0;
    if (!is_infinite && !read_number(colon + 1, ULONG_MAX, &value)) return false;
    order->limits[order->limit_count++] = (struct limit){resources[index].resource, value};
    return true;
  }
  return false;
}

static bool add_cpu(struct order *order, const char *text) {
  unsigned long cpu;
  if (!read_number(text, CPU_SETSIZE - 1, &cpu)) return false;
  order->has_cpus = true;
  CPU_SET(cpu, &order->cpus);
  return true;
}

void put_variable(char **variables, char *variable) {
  size_t length = strcspn(variable, "=") + 1;
  while (*variables && strncmp(*variables, variable, length) != 0) variables++;
  *variables = variable;
}

// The id of a user or group.
static bool add_id(const char *text, uint32_t *id) {
  unsigned long number;
  // The last number means: none.
  if (!read_number(text, UINT32_MAX - 1, &number)) return false;
  *id = (uint32_t)number;
  return true;
}

static bool is_key(const char *entry, size_t length, const char *key) {
  return strlen(key) == length && strncmp(entry, key, length) == 0;
}

// Takes an entry. Returns the mistake in it, or null.
static const char *take_entry(struct order *order, char *entry, char ***argument) {
  char *value = strchr(entry, '=');
  if (!value) return "an entry of the order has no '='";
  size_t length = (size_t)(value++ - entry);
  if (is_key(entry, length, "argument")) {
    *(*argument)++ = value;
  } else if (is_key(entry, length, "variable")) {
    if (!strchr(value, '=')) return "a 'variable' of the order has no '='";
    put_variable(order->variables, value);
  } else if (is_key(entry, length, "uid")) {
    if (!add_id(value, &order->user)) return "a 'uid' of the order is no user";
    order->has_user = true;
  } else if (is_key(entry, length, "gid")) {
    if (!add_id(value, &order->group)) return "a 'gid' of the order is no group";
    order->has_group = true;
  } else if (is_key(entry, length, "group")) {
    if (!add_id(value, &order->groups[order->group_count++])) {
      return "a 'group' of the order is no group";
    }
  } else if (is_key(entry, length, "directory")) {
    order->directory = value;
  } else if (is_key(entry, length, "notify")) {
    order->notifies = strcmp(value, "true") == 0;
  } else if (is_key(entry, length, "cpu")) {
    if (!add_cpu(order, value)) return "a 'cpu' of the order is no processor";
  } else if (is_key(entry, length, "limit")) {
    if (!add_limit(order, value)) return "a 'limit' of the order is no limit";
  } else {
    return "the order has an unknown key";
  }
  return NULL;
}

const char *read_order(int descriptor, struct order *order) {
  size_t size, entries = 0;
  // Never freed: the order points into it for as long as the guard runs.
  char *text = read_all(descriptor, &size);
  if (!text) return "the order cannot be read";
  if (size == 0 || text[size - 1] != 0) return "the order does not end with a zero byte";
  for (size_t index = 0; index < size; index++) entries += text[index] == 0;
  // `calloc`: both lists end with a null. One more for NOTIFY_SOCKET.
  *order = (struct order){
      .arguments = calloc(entries + 1, sizeof(char *)),
      .variables = calloc(entries + 2, sizeof(char *)),
      .groups = calloc(entries + 1, sizeof(gid_t)),
  };
  if (!order->arguments || !order->variables || !order->groups) {
    return "there is no memory for the order";
  }
  char **argument = order->arguments;
  for (char *entry = text; entry < text + size; entry += strlen(entry) + 1) {
    const char *problem = take_entry(order, entry, &argument);
    if (problem) return problem;
  }
  if (order->has_user != order->has_group) return "the order has not both 'uid' and 'gid'";
  return order->arguments[0] ? NULL : "the order has no 'argument'";
}
