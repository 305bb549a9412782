// What the platform offers only to C: structures and macros that Swift cannot import.
#ifndef OCTOPUS_CPLATFORM_H
#define OCTOPUS_CPLATFORM_H

// Makes lookups of users, groups and hosts use what libc itself has (/etc files, DNS). A statically
// linked program must call this first: it would load the modules that nsswitch.conf names, and
// some of them crash in it.
void platform_use_builtin_lookups(void);

#endif
