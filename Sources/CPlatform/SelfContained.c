// What lets a statically linked program run where there is no /proc, no library and no service.
#include "CPlatform.h"

#include <nss.h>
#include <stdlib.h>
#include <unistd.h>

static char *const *command_line;

// The Swift runtime looks its own path up in /proc before main, and aborts where nothing is mounted
// there yet. It needs the path only to find the backtracer; with a root given it does not look.
// Priority 101: before the runtime's own constructors. glibc gives constructors what it gives main.
__attribute__((constructor(101))) static void prepare_for_no_proc(int count, char **arguments) {
  (void)count;
  command_line = arguments;
  if (access("/proc/self/exe", F_OK) != 0) setenv("SWIFT_ROOT", "/", 0);
}

char *const *platform_command_line(void) { return command_line; }

void platform_use_builtin_lookups(void) {
  __nss_configure_lookup("passwd", "files");
  __nss_configure_lookup("group", "files");
  __nss_configure_lookup("hosts", "files dns");
  __nss_configure_lookup("services", "files");
}
