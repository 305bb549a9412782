// The order: what kaluga wants run, as `key=value` entries that each end with a zero byte.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
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
    char *end;
    bool is_infinite = strcmp(colon + 1, "infinity") == 0;
    rlim_t value = is_infinite ? RLIM_INFINITY : strtoull(colon + 1, &end, 10);
    if (!is_infinite && (end == colon + 1 || *end)) return false;
    order->limits[order->limit_count++] = (struct limit){resources[index].resource, value};
    return true;
  }
  return false;
}

static bool add_cpu(struct order *order, const char *text) {
  char *end;
  unsigned long cpu = strtoul(text, &end, 10);
  if (end == text || *end || cpu >= CPU_SETSIZE) return false;
  order->has_cpus = true;
  CPU_SET(cpu, &order->cpus);
  return true;
}

void put_variable(char **variables, char *variable) {
  size_t length = strcspn(variable, "=") + 1;
  while (*variables && strncmp(*variables, variable, length) != 0) variables++;
  *variables = variable;
}

static bool is_key(const char *entry, size_t length, const char *key) {
  return strlen(key) == length && strncmp(entry, key, length) == 0;
}

// What is wrong with an entry, or null.
static const char *take_entry(struct order *order, char *entry, char ***argument) {
  char *value = strchr(entry, '=');
  if (!value) return "an entry of the order has no '='";
  size_t length = (size_t)(value++ - entry);
  if (is_key(entry, length, "argument")) {
    *(*argument)++ = value;
  } else if (is_key(entry, length, "variable")) {
    if (!strchr(value, '=')) return "a 'variable' of the order has no '='";
    put_variable(order->variables, value);
  } else if (is_key(entry, length, "user")) {
    order->user = value;
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
  };
  if (!order->arguments || !order->variables) return "there is no memory for the order";
  char **argument = order->arguments;
  for (char *entry = text; entry < text + size; entry += strlen(entry) + 1) {
    const char *problem = take_entry(order, entry, &argument);
    if (problem) return problem;
  }
  return order->arguments[0] ? NULL : "the order has no 'argument'";
}
