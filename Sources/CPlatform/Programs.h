// What the ways of running a program have in common.
#ifndef OCTOPUS_PROGRAMS_H
#define OCTOPUS_PROGRAMS_H

// Kills all descendants of this process, which must be their reaper, and takes their ends. Does
// nothing where there is no /proc to look for them.
void kill_descendants(void);

// This process's environment and more, in an array that the caller frees; its strings are theirs.
char **environment_with(char *const additions[]);

#endif
