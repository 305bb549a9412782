#!/bin/sh
# Runs a program with a directory of its own that is full until a line comes on standard input:
# full.sh DIRECTORY PROGRAM ARGUMENT…
# In a mount namespace of its own; status 77: not allowed.
set -u
if [ "$1" != inside ]; then
  user=
  [ "$(id -u)" = 0 ] || user=--map-root-user
  exec unshare $user --mount sh "$0" inside "$@"
fi
directory=$2
shift 2
mkdir -p "$directory" && mount -t tmpfs -o size=256k,mode=711 tmpfs "$directory" || exit 77
mkdir "$directory/log" "$directory/notify"
cat /dev/zero >"$directory/filler" 2>/dev/null
"$@" </dev/null &
program=$!
trap 'kill -TERM $program' TERM
read -r line
rm "$directory/filler"
# Once for the signal, and once for the end.
wait $program
wait $program
