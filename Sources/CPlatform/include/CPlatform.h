// What the platform offers only to C: structures and macros that Swift cannot import.
#ifndef OCTOPUS_CPLATFORM_H
#define OCTOPUS_CPLATFORM_H

#endif
