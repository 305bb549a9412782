"""A client that does everything at once, for ever: there is no good moment to kill it.

usage: busy.py SEED
"""

import os
import random
import socket
import sys

chance = random.Random(int(sys.argv[1]))
me = socket.socket(socket.AF_UNIX)
me.connect(os.environ["OCTOPUS_SOCKET"])


def framed(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def one():
    n = b"%d" % chance.randrange(20)
    return chance.choice([
        framed(b"SET", b"t" + n + b" { by: " + n + b" }", b"TRANSIENT"),
        framed(b"SETSEQ", b"s { by: " + n + b" }", b"TRANSIENT"),
        framed(b"UPDATE", b"t" + n + b" { by: " + n + b" }", b"ADD", b"n", b"1"),
        framed(b"DEL", b"t" + n),
        framed(b"GET", b"t" + n, b"TRIGGER", b"ANY"),
        framed(b"FIND", b"_ { by: " + n + b" }", b"TRIGGER", b"SET", b"PERSIST"),
        framed(b"OBSERVE", b"r'^t' { by > " + n + b" }"),
        framed(b"SUBSCRIBE", b"_ { by: " + n + b" }"),
        framed(b"PSUBSCRIBE", b"_ { by: " + n + b" }"),
        framed(b"UNSUBSCRIBE"),
        framed(b"PUNSUBSCRIBE"),
        framed(b"PUBLISH", b"t { by: " + n + b" }"),
        framed(b"WAITFOR", b"t" + n, b"TIMEOUT", b"2"),
        framed(b"MULTI") + framed(b"SET", b"t" + n, b"TRANSIENT") + framed(b"DEL", b"t" + n)
        + framed(b"EXEC"),
    ])


me.sendall(framed(b"HELLO", b"3"))
while True:
    batch = b"".join(one() for _ in range(chance.randrange(1, 30)))
    # A frame is often cut where it may be killed.
    cut = chance.randrange(len(batch))
    me.sendall(batch[:cut])
    me.sendall(batch[cut:])
    try:
        while me.recv(1 << 20, socket.MSG_DONTWAIT):
            pass
    except BlockingIOError:
        pass
    if chance.randrange(40) == 0:
        me.sendall(framed(b"RESET") + framed(b"HELLO", b"3"))
