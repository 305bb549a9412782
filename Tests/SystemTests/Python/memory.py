"""A server with --max-memory 1mb: what grows is refused as Redis refuses it, and all else goes on."""

import redis
from server_under_test import connect, equal, in_both_protocols, refused

LIMIT = 1 << 20


def fill(client):
    """Sets records until there is no room for another; says how many there are."""
    count = 0
    try:
        while True:
            client.set(f"r{count}", "{ text: '" + "x" * 1_000 + "' }")
            count += 1
    except redis.exceptions.OutOfMemoryError:
        return count


def refuses_what_grows(client, protocol):
    equal(client.config_get("maxmemory"), {"maxmemory": str(LIMIT)})
    before = client.info("memory")
    count = fill(client)
    assert LIMIT * 0.8 < count * 1_000 < LIMIT, count
    memory = client.info("memory")
    equal(memory["maxmemory"], LIMIT)
    equal(memory["maxmemory_refusals"], before["maxmemory_refusals"] + 1)
    assert LIMIT - 2_000 < memory["used_memory_dataset"] <= LIMIT, memory
    for command in ["SETSEQ", "SET"]:
        refused("this would take more", client.execute_command, command, "r", "{ text: '" + "y" * 1_500 + "' }")
    with connect(protocol).pipeline(transaction=True) as pipeline:
        pipeline.get("r0").set("r", "{ text: '" + "y" * 1_500 + "' }")
        refused("", pipeline.execute)
    with connect(protocol).pubsub() as listener:
        query = "_ { " + ", ".join(f"a{n}: {n}" for n in range(40)) + " }"
        listener.subscribe(query)
        refused("", listener.parse_response)

    equal(client.get("r0")[:4], "r0 {")
    equal(client.dbsize(), count)
    equal(client.publish("r", "{}"), 0)
    equal(client.execute_command("UPDATE", "r1 { text: 'short' }"), "OK")
    equal(client.delete("r0"), 1)
    equal(client.set("r0", "{ text: 'short' }"), True)
    equal(client.execute_command("DEL", "_", "ALL"), count)
    equal(client.info("memory")["used_memory_dataset"], before["used_memory_dataset"])
    equal(fill(client), count)


in_both_protocols(refuses_what_grows)
