// Processes as a supervisor sees them: when one began, and all that descend from this one.
#ifndef OCTOPUS_CPROCESSES_H
#define OCTOPUS_CPROCESSES_H

#include <stdint.h>
#include <sys/types.h>

/// When a process began, in ticks since the machine did; 0 if there is no such process. With this a
/// process id is known to be still that of the same process.
uint64_t process_start(pid_t process);

/// Kills all descendants of this process, which must be their reaper, and reaps them. Does nothing
/// where there is no /proc to look for them.
void kill_descendants(void);

/// This process's environment with more variables, each `NAME=value`, in their place where the name
/// is the same. The caller frees the array; the strings are not copied.
char **environment_with(char *const additions[]);

#endif
