"""The side of a service manager, as systemd has it with Type=notify and NotifyAccess=main.

    supervisor.py COMMAND…

Runs the command and prints what it says, a line of JSON for each message: its text, whether its sender is the
process that was started, how many descriptors came with it. At the end, how that process ended.
"""
import array
import json
import os
import select
import socket
import struct
import sys
import tempfile

directory = tempfile.mkdtemp()
os.chmod(directory, 0o755)
path = directory + "/notify"
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(path)
server.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)

main = os.fork()
if main == 0:
    server.close()
    own = str(os.getpid())
    os.environ.update(NOTIFY_SOCKET=path, WATCHDOG_USEC="3000000", WATCHDOG_PID=own)
    os.execvp(sys.argv[1], sys.argv[1:])

# The end of the process is a message like the others.
if os.fork() == 0:
    select.select([os.pidfd_open(main)], [], [])
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"END", path)
    os._exit(0)

while True:
    data, control, _, _ = server.recvmsg(4096, 4096)
    if data == b"END":
        break
    sender, descriptors = None, array.array("i")
    for level, kind, content in control:
        if kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content)
        else:
            sender = struct.unpack("iII", content)[0]
    for descriptor in descriptors:
        os.close(descriptor)
    text = data.decode().replace(f"MAINPID={main}", "MAINPID=main")
    print(json.dumps([text, sender == main, len(descriptors)]), flush=True)

_, status = os.waitpid(main, 0)
os.unlink(path)
os.rmdir(directory)
print(json.dumps(f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status)
                 else f"exit {os.WEXITSTATUS(status)}"), flush=True)
