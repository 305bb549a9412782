"""Stored records observed through psubscribe(): what is there, synced, then every change."""

from server_under_test import connect, equal, in_both_protocols


def observes(client, protocol):
    client.set("n1", "{ weight: 5 }")
    client.set("n10", "{ weight: 50 }")
    client.set("n2", "{ weight: 20 }")
    query = "r'^n' { weight > 10 }"
    pubsub = client.pubsub()

    def hears(kind, record=None):
        message = None
        while message is None:
            message = pubsub.get_message(timeout=60)
        equal((message["type"], message["pattern"], message["channel"]), ("pmessage", query, kind))
        if record is not None:
            equal(message["data"], record)
        return message["data"]

    pubsub.psubscribe(query)
    equal(
        pubsub.get_message(timeout=60),
        {"type": "psubscribe", "pattern": None, "channel": query, "data": 1},
    )
    hears("existing", "n2 { weight: 20 }")
    hears("existing", "n10 { weight: 50 }")
    equal(client.execute_command("GET", "n2", "REV"), ["n2 { weight: 20 }", int(hears("synced"))])

    client.set("n3", "{ weight: 11 }")
    hears("set", "n3 { weight: 11 }")
    client.set("n1", "{ weight: 10 }")  # matched neither before nor after
    client.execute_command("UPDATE", "n3", "{ weight: 12 }")
    hears("set", "n3 { weight: 12 }")
    client.execute_command("UPDATE", "n3", "{ weight: 1 }")
    hears("out", "n3 { weight: 1 }")
    client.delete("n3", "n2")
    hears("del", "n2 { weight: 20 }")

    # A transient record goes with the connection that set it.
    with connect(protocol) as mortal:
        mortal.execute_command("SET", "n7", "{ weight: 70 }", "TRANSIENT")
        hears("set", "n7 { weight: 70 }")
    hears("del", "n7 { weight: 70 }")

    pubsub.punsubscribe(query)
    equal(pubsub.get_message(timeout=60)["type"], "punsubscribe")
    pubsub.close()


def follows_every_change(client, protocol):
    """A snapshot and the changes after it are a fresh find, at any time."""
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    for n in range(100):
        client.set(f"s{n}", f"{{ n: {n} }}")
    pubsub.psubscribe("_ { n >= 50 }")
    with connect(protocol) as writer, writer.pipeline(transaction=False) as pipeline:
        for n in range(300):
            pipeline.set(f"s{n % 130}", f"{{ n: {(n * 37) % 100} }}")
            if n % 3 == 0:
                pipeline.delete(f"s{(n * 7) % 130}")
        pipeline.set("end", "{ n: 100 }")
        pipeline.execute()
    seen = {}
    while "end" not in seen:
        message = pubsub.get_message(timeout=60)
        if message is None or message["channel"] == "synced":
            continue
        name = message["data"].split(" ")[0]
        if message["channel"] in ("existing", "set"):
            seen[name] = message["data"]
        else:
            del seen[name]
    equal(sorted(seen.values()), sorted(client.execute_command("FIND", "_ { n >= 50 }")))
    pubsub.close()


in_both_protocols(observes)
in_both_protocols(follows_every_change)
