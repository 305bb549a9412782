#!/bin/sh
# Runs octopusd with a state directory on a disk that can be made to fail:
# failing-disk.sh DIRECTORY PROGRAM ARGUMENT…
# Each line on standard input is an order; it is printed once it is carried out. In a mount namespace of
# its own; status 77: not allowed.
set -u
if [ "$1" != inside ]; then
  user=
  [ "$(id -u)" = 0 ] || user=--map-root-user
  exec unshare $user --mount sh "$0" inside "$@"
fi
directory=$2
shift 2
mkdir -p "$directory" && mount -t tmpfs -o size=1m,mode=700 tmpfs "$directory" || exit 77
program=
while read -r order; do
  case $order in
    start)
      "$@" </dev/null &
      program=$!
      ;;
    kill)
      kill -KILL $program
      wait $program
      ;;
    full) cat /dev/zero >"$directory/filler" 2>/dev/null ;;
    free) rm "$directory/filler" ;;
    read-only) mount -o remount,bind,ro "$directory" ;;
    writable) mount -o remount,bind,rw "$directory" ;;
  esac
  # What writes until the disk is full fails; the others must not.
  [ $? = 0 ] || [ "$order" = full ] || [ "$order" = kill ] || exit 1
  echo "$order"
done
kill -TERM $program
wait $program
