#!/bin/bash
# Starts a program under umockdev so that it may listen to events beside others: apart.sh PROGRAM ARGUMENT…
#
# umockdev tells two programs' sockets from each other by their descriptors' numbers alone; those of one
# number take each other's place. Here each program begins with another number.
number=0
until mkdir "$UMOCKDEV_DIR/program.$number" 2>/dev/null; do number=$((number + 1)); done
# Well apart: some are taken by umockdev itself.
for ((descriptor = 3; descriptor < 10 + 4 * number; descriptor++)); do
  eval "exec $descriptor</dev/null"
done
exec "$@"
