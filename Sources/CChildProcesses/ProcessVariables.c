// Variables with which a supervisor says for which process id others are meant. The program's own
// id is filled in after the fork.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "Children.h"

// sd_listen_fds(3), sd_watchdog_enabled(3), systemd.exec(5): libraries compare each with getpid().
static char listen_pid[40] = "LISTEN_PID=", watchdog_pid[40] = "WATCHDOG_PID=",
            exec_pid[40] = "SYSTEMD_EXEC_PID=";
static char *const templates[] = {listen_pid, watchdog_pid, exec_pid};
enum { template_count = sizeof templates / sizeof templates[0] };

// The inode of the process in pidfs, which is not known before the fork. Libraries check it only if
// it is set.
static const char listen_id[] = "LISTEN_PIDFDID=";

static int names_this_process(const char *variable) {
  char *end;
  const char *number = strchr(variable, '=') + 1;
  long value = strtol(number, &end, 10);
  return end != number && *end == 0 && value == getpid();
}

void prepare_process_variables(char **environment) {
  int is_listener = 0;
  for (char **each = environment; *each; each++) {
    for (int index = 0; index < template_count; index++) {
      size_t length = strcspn(templates[index], "=") + 1;
      if (strncmp(*each, templates[index], length) != 0 || !names_this_process(*each)) continue;
      *each = templates[index];
      is_listener |= templates[index] == listen_pid;
    }
  }
  char **kept = environment;
  for (char **each = environment; *each; each++) {
    if (!is_listener || strncmp(*each, listen_id, sizeof listen_id - 1) != 0) *kept++ = *each;
  }
  *kept = NULL;
}

// After a fork, so without the library's formatting.
void fill_process_variables(void) {
  char digits[12];
  size_t count = 0;
  for (unsigned number = (unsigned)getpid(); number > 0; number /= 10) {
    digits[count++] = (char)('0' + number % 10);
  }
  for (int index = 0; index < template_count; index++) {
    char *digit_position = templates[index] + strcspn(templates[index], "=") + 1;
    for (size_t digit = count; digit > 0; digit--) *digit_position++ = digits[digit - 1];
    *digit_position = 0;
  }
}
