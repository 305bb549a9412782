"""Publish and subscribe by content, through redis-py's pubsub()."""

from server_under_test import connect, equal, in_both_protocols


def next_message(pubsub):
    while True:
        message = pubsub.get_message(timeout=60)
        if message is not None:
            return message


def delivers_what_matches(client, protocol):
    pubsub = client.pubsub()
    query = "_  {age>=10}"
    pubsub.subscribe(query, "other")
    # The query comes back byte for byte: redis-py finds its handlers by it.
    for count, channel in enumerate((query, "other"), start=1):
        equal(
            next_message(pubsub),
            {"type": "subscribe", "pattern": None, "channel": channel, "data": count},
        )
    equal(client.publish("msg_1", "{ age: 9 }"), 0)
    equal(client.publish("msg_2", "{ age: 10 }"), 1)
    equal(
        next_message(pubsub),
        {"type": "message", "pattern": None, "channel": query, "data": "msg_2 { age: 10 }"},
    )
    # A record that meets two of its subscriptions arrives for each; the session counts once.
    equal(client.publish("other", "{ age: 11 }"), 1)
    equal({next_message(pubsub)["channel"] for _ in range(2)}, {query, "other"})
    equal(client.dbsize(), 0)

    if protocol == 2:  # in RESP3 redis-py takes the answer, as Redis gives it, for a message
        pubsub.ping()
        equal(next_message(pubsub)["type"], "pong")
    pubsub.unsubscribe("other")
    equal(next_message(pubsub)["data"], 1)
    equal(client.publish("other", "{}"), 0)
    pubsub.unsubscribe()
    equal((next_message(pubsub)["type"], pubsub.subscribed), ("unsubscribe", False))
    pubsub.close()


def calls_handlers(client, protocol):
    heard = []
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe(**{"_ { level >= 3 }": lambda message: heard.append(message["data"])})
    with connect(protocol) as publisher:
        # Once it has heard the subscription confirmed.
        equal(pubsub.get_message(timeout=60), None)
        for level in range(6):
            publisher.publish("log", f"{{ level: {level} }}")
        while len(heard) < 3:
            equal(pubsub.get_message(timeout=60), None)
    equal(heard, [f"log {{ level: {level} }}" for level in (3, 4, 5)])
    pubsub.close()


def reaches_many_in_order(client, protocol):
    pubsubs = [client.pubsub(ignore_subscribe_messages=True) for _ in range(10)]
    for pubsub in pubsubs:
        pubsub.subscribe("r'^tick$'")
        equal(pubsub.get_message(timeout=60), None)
    for n in range(50):
        equal(client.publish("tick", f"{{ n: {n} }}"), 10)
    for pubsub in pubsubs:
        equal(
            [next_message(pubsub)["data"] for _ in range(50)],
            [f"tick {{ n: {n} }}" for n in range(50)],
        )
        pubsub.close()


in_both_protocols(delivers_what_matches)
in_both_protocols(calls_handlers)
in_both_protocols(reaches_many_in_order)
