"""What a supervisor gives a program besides its arguments.

    surroundings.py start COMMAND…   runs it with everything unlike what tests have by chance
    surroundings.py look             prints what there is, a line each
"""
import json
import os
import resource
import signal
import sys

SIGNALS = [n for n in range(1, 32) if n not in (signal.SIGKILL, signal.SIGSTOP)]
# CPython changes these for itself as it starts.
PYTHONS_OWN = {signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT}


def start(command):
    os.chdir("/proc")
    os.umask(0o123)
    os.nice(3)
    resource.setrlimit(resource.RLIMIT_NOFILE, (777, 888))
    resource.setrlimit(resource.RLIMIT_CORE, (4096, 8192))
    resource.setrlimit(resource.RLIMIT_STACK, (4 << 20, 8 << 20))
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("250")
    for place in (3, 4, 17, 600):
        file = os.open("/etc/passwd", os.O_RDONLY)
        if file != place:
            os.dup2(file, place)
            os.close(file)
        os.set_inheritable(place, True)
    os.close(0)
    for number in SIGNALS:
        if number not in PYTHONS_OWN:
            signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGCHLD, 40})
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    mine = str(os.getpid())
    os.environ.update(LISTEN_PID=mine, WATCHDOG_PID=mine, SYSTEMD_EXEC_PID=mine, LISTEN_PIDFDID="1")
    os.execv(command[0], command)


ENVIRONMENT = {
    "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b", "WATCHDOG_USEC": "3000000", "INVOCATION_ID": "00ff",
    "JOURNAL_STREAM": "8:9", "EMPTY": "", "PATH": os.environ["PATH"],
    "OCTOPUS_SOCKET": os.environ.get("OCTOPUS_SOCKET", ""),
}
# A sanitized octopus leaves limits and signals alone only if it is told to.
for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"):
    if name in os.environ:
        ENVIRONMENT[name] = os.environ[name] + ":disable_coredump=0:handle_segv=0:handle_sigbus=0" \
            ":handle_sigfpe=0:handle_sigill=0:handle_abort=0:use_sigaltstack=0"


def descriptors():
    """Those that are open, and what they are; the last is the one that looks."""
    numbers = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    result = {}
    for number in numbers:
        try:
            result[number] = os.readlink(f"/proc/self/fd/{number}")
        except FileNotFoundError:
            pass
    return {number: what for number, what in result.items() if not what.startswith("/proc/")}


def look():
    status = dict(line.split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
    masks = {key: status[key].strip() for key in ("NoNewPrivs", "CapEff", "Groups")}
    # Without the two signals that libc keeps for itself.
    masks.update({key: f"{int(status[key], 16) & ~(3 << 31):x}" for key in ("SigBlk", "SigIgn")})
    own = os.getpid()
    # Said to be for this process, or not.
    pids = {name: os.environ.pop(name, None) == str(own)
            for name in ("LISTEN_PID", "WATCHDOG_PID", "SYSTEMD_EXEC_PID")}
    # Only named where it does not fit any more.
    os.environ.pop("LISTEN_PIDFDID", None)
    os.environ.pop("OCTOPUS_FENCING_TOKEN", None)
    os.environ.pop("NOTIFY_SOCKET", None)
    mask = os.umask(0)
    found = {
        "descriptors": descriptors(), "environment": dict(os.environ), "pids": pids, "signals": masks,
        "umask": mask, "directory": os.getcwd(), "nice": os.nice(0),
        "is in the session's first group": os.getpgrp() == os.getsid(0),
        "limits": open("/proc/self/limits").read(), "oom": open("/proc/self/oom_score_adj").read(),
        "scheduling": [os.sched_getscheduler(0), sorted(os.sched_getaffinity(0))],
    }
    found["descriptors"] = {n: what.split("[")[0] for n, what in found["descriptors"].items()}
    for name, what in found.items():
        print(name, json.dumps(what, sort_keys=True))


if __name__ == "__main__":
    start(sys.argv[2:]) if sys.argv[1] == "start" else look()
