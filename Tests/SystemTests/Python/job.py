"""What a shell sees of its job.

    job.py stops COMMAND…    the command runs a program that prints `ready`, prints `CONT` for SIGCONT, and
                             stops itself for SIGUSR1
    job.py closes COMMAND…   the command runs `job.py close`, with one more argument
    job.py close NUMBER      closes its input, its output and this descriptor, and stays
"""
import os
import select
import signal
import subprocess
import sys


def stops(command):
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0)

    def change():
        return os.waitpid(child.pid, os.WUNTRACED | os.WCONTINUED)[1]

    assert child.stdout.readline() == "ready\n"
    for number in signal.SIGTSTP, signal.SIGUSR1:
        os.kill(child.pid, number)
        assert os.WIFSTOPPED(change()), "it stops"
        os.kill(child.pid, signal.SIGCONT)
        assert os.WIFCONTINUED(change()), "it goes on"
        assert child.stdout.readline() == "CONT\n"
    os.kill(child.pid, signal.SIGTERM)
    assert os.WTERMSIG(change()) == signal.SIGTERM


def closes(command):
    reading, writing = os.pipe()
    child = subprocess.Popen(
        command + [str(writing)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[writing])
    os.close(writing)
    assert os.read(reading, 1) == b""
    assert child.stdout.read() == b""
    input_end = select.poll()
    input_end.register(child.stdin, 0)
    assert input_end.poll() == [(child.stdin.fileno(), select.POLLERR)]
    assert child.poll() is None
    child.terminate()
    assert child.wait() == -signal.SIGTERM


def close(number):
    for descriptor in 0, 1, int(number):
        os.close(descriptor)
    signal.pause()


if sys.argv[1] == "stops":
    stops(sys.argv[2:])
elif sys.argv[1] == "closes":
    closes(sys.argv[2:])
else:
    close(sys.argv[2])
