#!/bin/sh
# Becomes a program in a place where there is nothing else: a mount namespace whose root is empty and
# read-only but for the program itself and /run. No /proc, no /dev, no library, no service.
#
#   bare-namespace.sh PROGRAM RUN [ARGUMENT…]
#
# RUN is a directory of the caller's: /run inside, so that the caller reaches a socket there. The
# process id stays that of this script.
set -eu

if [ "${1-}" = --inside ]; then
  program=$2 run=$3
  shift 3
  # What is mounted here nobody else sees, and it goes with the namespace.
  root=/mnt
  mount -t tmpfs none "$root"
  mkdir "$root/run"
  cp "$program" "$root/program"
  mount --bind "$run" "$root/run"
  mount -o remount,ro "$root"
  exec env -i "$(command -v chroot)" "$root" /program "$@"
fi

as_root=
[ "$(id -u)" = 0 ] || as_root=--map-root-user
exec unshare --mount $as_root sh "$0" --inside "$@"
