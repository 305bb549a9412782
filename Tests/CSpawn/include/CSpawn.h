// Programs that tests run: pipes, pseudo-terminals and sockets to them, which nothing else
// inherits.
#ifndef OCTOPUS_CSPAWN_H
#define OCTOPUS_CSPAWN_H

#include <stddef.h>
#include <sys/types.h>

/// A pipe, close-on-exec from its first instant. 0, or -1 and errno.
int spawn_pipe(int ends[2]);

/// A pseudo-terminal of this size: answers its near end and writes the path of its far end. -1 and
/// errno.
int spawn_terminal(char *path, size_t path_size, int columns, int rows);

/// A datagram socket that receives at this path; one that begins with @ is an abstract name. -1 and
/// errno.
int spawn_receiver(const char *path);

/// Starts a program in a session of its own, with all signals as they are by default, and with
/// these descriptors, or this terminal in the place of all three. 0 and the process, or an errno.
int spawn_program(
    const char *program, char *const arguments[], char *const environment[], const int streams[3],
    const char *terminal, pid_t *process);

#endif
