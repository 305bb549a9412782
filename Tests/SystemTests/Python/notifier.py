"""A service that says all that sd_notify(3) knows, by libsystemd's conventions; without systemd's library."""
import array
import os
import select
import socket
import sys

server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
path = os.environ["NOTIFY_SOCKET"]
address = "\0" + path[1:] if path.startswith("@") else path


def say(text, *descriptors):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    server.sendmsg([text.encode()], rights if descriptors else [], 0, address)


def barrier():
    reading, writing = os.pipe()
    say("BARRIER=1", writing)
    os.close(writing)
    poll = select.poll()
    poll.register(reading, 0)
    assert poll.poll(60_000), "nobody confirms"
    os.close(reading)


# Only the process that the watchdog is for may feed it.
assert os.environ["WATCHDOG_PID"] == str(os.getpid()) and os.environ["WATCHDOG_USEC"] == "3000000"
say(f"MAINPID={os.getpid()}\nREADY=1\nSTATUS=serving")
say("RELOADING=1\nMONOTONIC_USEC=1")
say("READY=1")
say("WATCHDOG=1")
say("FDSTORE=1\nFDNAME=x", 0, 1)
say("MAINPID=1")
say("X_NOBODY_KNOWS=\x7f\xe9\nÜ=1")
barrier()
say("STOPPING=1")
sys.exit(7)
