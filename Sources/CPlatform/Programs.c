// What the ways of running a program have in common.
#define _GNU_SOURCE
#include "Programs.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// Kills each child; answers how many, 0 also if there is no /proc to look for them.
static int kill_children(void) {
  int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC), killed = 0;
  if (file < 0) return 0;
  char text[4096];
  pid_t child = 0;
  for (ssize_t count; (count = read(file, text, sizeof text)) > 0;) {
    for (ssize_t place = 0; place < count; place++) {
      if (text[place] >= '0' && text[place] <= '9') {
        child = child * 10 + (text[place] - '0');
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
  // The children of what is killed become children of this process, and so are found in turn.
  while (kill_children() > 0 && waitpid(-1, NULL, 0) > 0) {
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
  }
}

char **environment_with(char *const additions[]) {
  size_t count = 1, place = 0;
  for (char *const *each = environ; *each; each++) count++;
  for (char *const *each = additions; *each; each++) count++;
  char **result = calloc(count, sizeof *result);
  if (!result) return NULL;
  for (char *const *each = additions; *each; each++) result[place++] = *each;
  size_t added = place;
  for (char *const *each = environ; *each; each++) {
    size_t length = strcspn(*each, "=") + 1, index = 0;
    while (index < added && strncmp(result[index], *each, length) != 0) index++;
    if (index == added) result[place++] = *each;
  }
  return result;
}
