"""Many connections that say one thing each and then nothing, until this program ends.

usage: crowd.py COUNT [TEXT]
"""

import os
import resource
import socket
import sys

count = int(sys.argv[1])
text = (sys.argv[2] if len(sys.argv) > 2 else "").encode().decode("unicode_escape").encode()
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

crowd = []
for number in range(count):
    one = socket.socket(socket.AF_UNIX)
    one.connect(os.environ["OCTOPUS_SOCKET"])
    one.sendall(text)
    crowd.append(one)
print("there", flush=True)
sys.stdin.read()
