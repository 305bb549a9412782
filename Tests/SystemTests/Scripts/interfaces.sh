#!/bin/sh
# Makes network interfaces as `ip -batch` reads them from standard input, while a program runs that sees
# them. interfaces.sh here|namespace PROGRAM ARGUMENT…
#
# With `namespace` both are in a network namespace of their own, with a sysfs that shows it. A line on
# standard output, the program's process number, says that it has been started; status 77: not allowed.
set -u
if [ "$1" = namespace ]; then
  shift
  user=
  [ "$(id -u)" = 0 ] || user=--map-root-user
  exec unshare $user --net --mount sh "$0" inside "$@"
fi
[ "$1" != inside ] || mount -t sysfs sysfs /sys || exit 77
shift
ip link add octopus-try0 type veth peer name octopus-try1 && ip link del octopus-try0 || exit 77
# Goes with this script, however that ends.
setpriv --pdeathsig KILL "$@" </dev/null &
program=$!
trap 'kill -KILL $program 2>/dev/null' EXIT
echo $program
# Line by line, whatever is wrong with one of them.
ip -force -batch -
