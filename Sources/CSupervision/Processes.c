// Processes as a supervisor sees them, through /proc.
#define _GNU_SOURCE
#include "CProcesses.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

uint64_t process_start(pid_t process) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return 0;
  text[count] = 0;
  // `pid (name) state …`, and the name may be anything. The time is the 20th word after it.
  char *after_name = strrchr(text, ')');
  if (!after_name) return 0;
  char *rest = NULL, *word = strtok_r(after_name + 1, " ", &rest);
  for (int index = 0; word && index < 19; index++) word = strtok_r(NULL, " ", &rest);
  return word ? strtoull(word, NULL, 10) : 0;
}

// Kills each child; how many, 0 also if there is no /proc to look for them.
static int kill_children(void) {
  int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC), killed = 0;
  if (file < 0) return 0;
  char text[4096];
  pid_t child = 0;
  for (ssize_t count; (count = read(file, text, sizeof text)) > 0;) {
    for (ssize_t index = 0; index < count; index++) {
      if (text[index] >= '0' && text[index] <= '9') {
        child = child * 10 + (text[index] - '0');
      } else if (child > 0) {
        killed += kill(child, SIGKILL) == 0;
        child = 0;
      }
    }
  }
  close(file);
  return killed;
}

void kill_descendants(void) {
  // The children of a killed process become children of this one, and so are found in turn.
  while (kill_children() > 0 && waitpid(-1, NULL, 0) > 0) {
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
  }
}

char **environment_with(char *const additions[]) {
  size_t capacity = 1, count = 0;
  for (char *const *each = environ; *each; each++) capacity++;
  for (char *const *each = additions; *each; each++) capacity++;
  char **result = calloc(capacity, sizeof *result);
  if (!result) return NULL;
  for (char *const *each = additions; *each; each++) result[count++] = *each;
  size_t added = count;
  for (char *const *each = environ; *each; each++) {
    size_t length = strcspn(*each, "=") + 1, index = 0;
    while (index < added && strncmp(result[index], *each, length) != 0) index++;
    if (index == added) result[count++] = *each;
  }
  return result;
}
