"""Locks, semaphores and barriers, blocking and deferred, and a queue that some join by hand."""

import threading

from server_under_test import connect, equal, in_both_protocols, refused


def say(client, *arguments):
    """Sends a command that waits; its reply is read later."""
    client.connection.send_command(*arguments)


def hear(client):
    return client.connection.read_response()


def single(protocol):
    client = connect(protocol, single_connection_client=True)
    client.ping()
    return client


def until_waiting(client, count):
    """The others' commands stand in the server."""
    while client.info("octopus")["waits"] != count:
        pass


def locks(client, protocol):
    run = client.execute_command
    first, second, third = (single(protocol) for _ in range(3))
    token, name = first.execute_command("LOCK", "print")
    equal(run("LOCK", "print", "TIMEOUT", 0), None)
    say(second, "LOCK", "print", "WITH", "{ addr: 'desk 2' }")
    until_waiting(client, 1)
    say(third, "LOCK", "print")
    until_waiting(client, 2)
    equal(len(run("FIND", "_ { lock: print }")), 3)
    refused("BUSY", first.execute_command, "LOCK", "print")
    # redis-py takes NOPERM away.
    refused("this record belongs to the lock", run, "SET", name, "{}")
    equal(first.execute_command("UNLOCK", "print"), 1)
    equal(first.execute_command("UNLOCK", "print"), 0)
    later, name = hear(second)
    assert later > token
    equal(client.get("_ { lock: print }"), f"{name} {{ addr: 'desk 2', lock: 'print' }}")
    # Its death is its release.
    second.connection.disconnect()
    last, name = hear(third)
    assert last > later
    equal(run("DEL", name), 1)
    equal(third.execute_command("UNLOCK", "print"), 0)


def semaphores(client, protocol):
    run = client.execute_command
    refused("NOSEM", run, "SEM", "WAIT", "pool")
    equal(run("SEM", "NEW", "pool", 2), "OK")
    one, two = single(protocol), single(protocol)
    equal(one.execute_command("SEM", "WAIT", "pool", 2), 1)
    equal(run("SEM", "TRY", "pool"), 0)
    say(two, "SEM", "WAIT", "pool", "TIMEOUT", 50_000)
    until_waiting(client, 1)
    equal(one.execute_command("SEM", "POST", "pool"), "OK")
    equal(hear(two), 1)
    for other in (one, two):
        other.connection.disconnect()
    equal(run("WAITFOR", "pool { permits: 2 }", "TIMEOUT", 50_000), client.get("pool"))


def barriers(client, protocol):
    """Rounds of several parties, none of which runs ahead."""
    parties, rounds = 4, 25
    inside = [0] * rounds

    def party():
        with single(protocol) as own:
            for number in range(rounds):
                own.execute_command("BARRIER", "ENTER", "work", parties)
                inside[number] += 1
                equal(own.execute_command("BARRIER", "LEAVE", "work"), "OK")
                equal(inside[number], parties)

    threads = [threading.Thread(target=party) for _ in range(parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(inside, [parties] * rounds)
    refused("NOTHELD", client.execute_command, "BARRIER", "LEAVE", "work")
    equal(client.dbsize(), 0)


def deferred(client, protocol):
    waiter = single(protocol)
    events = waiter
    if protocol == 2:
        refused("NOBINDING", waiter.execute_command, "LOCK", "l", "DEFER", "t")
        events = single(2)
        equal(events.execute_command("BIND", waiter.client_id()), "OK")
    pushes = []
    if protocol == 3:
        waiter.connection._parser.set_pubsub_push_handler(
            lambda push: pushes.append(push) or push
        )
    count = 1_200
    for number in range(count):
        equal(waiter.execute_command("LOCK", "l", "AS", number, "DEFER", f"t{number}"), "QUEUED")
    equal(waiter.execute_command("CANCEL", "t7"), 1)
    order = []
    for number in range(count):
        if number == 7:
            continue
        if protocol == 2:
            push = hear(events)
        else:
            if not pushes:
                hear_push(waiter, pushes)
            push = pushes.pop(0)
        equal(push[:2], ["deferred", f"t{number}"])
        order.append(push[2][0])
        equal(waiter.execute_command("UNLOCK", "l", "AS", number), 1)
    equal(order, sorted(order))
    equal(client.dbsize(), 0)


def hear_push(client, pushes):
    client.connection.read_response(push_request=True)
    assert pushes


class ByHand:
    """Someone who plays the recipe: in the same queue as all others, waiting for one record only."""

    def __init__(self, protocol, lock, shared=False):
        self.own = single(protocol)
        self.lock = lock
        self.shared = shared
        mode = ", mode: shared" if shared else ""
        self.name = self.own.execute_command(
            "SETSEQ", f"{lock}_", f"{{ lock: '{lock}'{mode} }}", "TRANSIENT"
        )

    def awaited(self):
        """The member whose end it must await; None if it holds."""
        members = self.own.execute_command("FIND", f"_ {{ lock: '{self.lock}' }}")
        names = [member.split(" ")[0] for member in members]
        for member in reversed(members[: names.index(self.name)]):
            if not self.shared or "mode: shared" not in member:
                return member.split(" ")[0]
        return None

    def acquire(self):
        """In a thread of its own."""
        while (name := self.awaited()) is not None:
            self.own.execute_command("WAITFOR", name, "GONE")

    def release(self):
        equal(self.own.execute_command("DEL", self.name), 1)


def by_hand(client, protocol):
    """By hand and by LOCK in turn, more than ten: they hold in the order of numbers."""
    held, order, threads = threading.Lock(), [], []
    holder = single(protocol)
    holder.execute_command("LOCK", "q")

    def hand(number, member):
        member.acquire()
        take(number)
        member.release()

    def engine(number):
        with single(protocol) as own:
            own.execute_command("LOCK", "q")
            take(number)
            own.execute_command("UNLOCK", "q")

    def take(number):
        assert held.acquire(blocking=False), "two hold it"
        order.append(number)
        held.release()

    for number in range(14):
        if number % 2:
            thread = threading.Thread(target=hand, args=(number, ByHand(protocol, "q")))
        else:
            thread = threading.Thread(target=engine, args=(number,))
        thread.start()
        threads.append(thread)
        # Each stands in the queue before the next comes.
        client.execute_command("WAITFOR", "_ { lock: q }", "COUNT", number + 2)
    holder.execute_command("UNLOCK", "q")
    for thread in threads:
        thread.join()
    equal(order, list(range(14)))


def shared_by_hand(client, protocol):
    run = client.execute_command
    one, two = ByHand(protocol, "book", shared=True), ByHand(protocol, "book", shared=True)
    equal((one.awaited(), two.awaited()), (None, None))
    writer = single(protocol)
    say(writer, "LOCK", "book")
    until_waiting(client, 1)
    late = ByHand(protocol, "book", shared=True)
    awaited = late.awaited()
    equal(client.get("_ { lock: book, mode: _ }").split(" ")[0], one.name)
    equal(run("LOCK", "book", "SHARED", "TIMEOUT", 0), None)
    one.release()
    two.release()
    token, name = hear(writer)
    equal(name, awaited)
    equal(writer.execute_command("UNLOCK", "book"), 1)
    late.acquire()
    late.release()


for test in (locks, semaphores, barriers, deferred, by_hand, shared_by_hand):
    in_both_protocols(test)
