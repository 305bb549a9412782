// kaluga-guard: runs one driver of kaluga's, and lives as long as that does. What becomes of the
// driver stands in files, which the next kaluga finds when this one is killed.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"

static const char usage[] =
    "usage: kaluga-guard STATE-DIRECTORY INSTANCE <ORDER\n"
    "\n"
    "Runs a driver as kaluga does. STATE-DIRECTORY must have the folders log and notify.\n"
    "INSTANCE is the number in the names of the files that are written there: n.run, n.ready,\n"
    "n.exit, log/n. ORDER says what to run: entries KEY=VALUE, each ended by a zero byte. The keys\n"
    "are argument, variable, uid, gid, group, directory, notify, cpu and limit. Descriptor 3, if\n"
    "it is open, is held until n.run is written.\n"
    "\n"
    "Exit status: 0 n.exit says how the driver ended; 1 it could not be written; 2 bad usage.\n";

enum { max_digits = 10 };

static bool is_number(const char *text) {
  size_t length = strlen(text);
  return length > 0 && length <= max_digits && strspn(text, "0123456789") == length;
}

int main(int count, char **arguments) {
  if (count != 3 || !is_number(arguments[2])) {
    fputs(usage, stderr);
    return 2;
  }
  closefrom(4);
  // Moved, so that it is -1 where there is none and never a descriptor of another use.
  int held = fcntl(3, F_DUPFD_CLOEXEC, 4);
  close(3);
  struct order order;
  const char *problem = read_order(0, &order);
  if (problem) {
    fprintf(stderr, "kaluga-guard: %s\n", problem);
    return 2;
  }
  int null_device = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(null_device, 0);
  close(null_device);
  if (chdir(arguments[1]) != 0) {
    perror(arguments[1]);
    return 1;
  }
  return supervise(&order, arguments[2], held);
}
