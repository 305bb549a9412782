"""Many holders contend for one lock, each over a connection of its own, until they have had enough or
are killed. Prints `token member revision shared` for each grant: at that revision it was inside."""

import os
import random
import socket
import sys
import threading

SOCKET, LOCK = os.environ["OCTOPUS_SOCKET"], sys.argv[1]
HOLDERS, ROUNDS, SEED = (int(argument) for argument in sys.argv[2:5])


class Connection:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(SOCKET)
        self.file = self.socket.makefile("rb")

    def ask(self, *words):
        self.send(*words)
        return self.read()

    def send(self, *words):
        parts = [b"$%d\r\n%s\r\n" % (len(word), word) for word in (word.encode() for word in words)]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(parts))

    def read(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return None if rest == b"-1" else [self.read() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest.decode()

    def close(self):
        # Both: the file keeps the socket.
        self.file.close()
        self.socket.close()


def contend(number):
    chance = random.Random(SEED * 1_000 + number)
    connection = Connection()
    for _ in range(ROUNDS):
        shared = chance.random() < 0.3
        options = ["SHARED"] * shared + ["TIMEOUT", str(chance.randrange(50))] * (chance.random() < 0.2)
        if chance.random() < 0.1:  # It goes while it waits.
            connection.send("LOCK", LOCK, *options)
            connection.close()
            connection = Connection()
            continue
        grant = connection.ask("LOCK", LOCK, *options)
        if grant is None:
            continue
        token, member = grant
        if shared:
            found, revision = connection.ask("EXISTS", "guard", "REV")
            assert found == 0, f"{member} shares, while somebody is alone inside"
        else:
            done, revision = connection.ask("SET", "guard", "NX", "TRANSIENT", "REV")
            assert done == "OK", f"{member} is not alone"
        os.write(1, f"{token} {member} {revision} {int(shared)}\n".encode())
        for _ in range(chance.choice([0, 0, 1, 20])):
            connection.ask("PING")
        if chance.random() < 0.1:  # It goes while it holds.
            connection.close()
            connection = Connection()
            continue
        if not shared:
            assert connection.ask("DEL", "guard") == 1
        assert connection.ask("UNLOCK", LOCK) == 1
        assert connection.ask("UNLOCK", LOCK) == 0


def failed(arguments):
    sys.__excepthook__(*arguments[:3])
    sys.stderr.flush()
    os._exit(1)


threading.excepthook = failed
threads = [threading.Thread(target=contend, args=(number,)) for number in range(HOLDERS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
