// The log of a driver: a file of a limited size, and the one before it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"

enum { max_log_bytes = 1 << 20, name_bytes = 64 };

void open_log(struct log *log, const char *instance) {
  char name[name_bytes];
  snprintf(name, sizeof name, "log/%s", instance);
  log->instance = instance;
  log->file = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  struct stat status;
  log->size = fstat(log->file, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static void rotate(struct log *log) {
  char name[name_bytes], old_name[name_bytes];
  snprintf(name, sizeof name, "log/%s", log->instance);
  snprintf(old_name, sizeof old_name, "log/%s.1", log->instance);
  rename(name, old_name);
  close(log->file);
  open_log(log, log->instance);
}

void append_to_log(struct log *log, const char *bytes, size_t count) {
  if (log->size > 0 && log->size + count > max_log_bytes) rotate(log);
  // What the disk does not take is lost: a full disk must not stop the driver.
  if (write(log->file, bytes, count) > 0) log->size += count;
}
