"""Pipelines, with and without a transaction around them."""

from server_under_test import connect, equal, in_both_protocols, redis, refused


def answers_each(client, protocol):
    with client.pipeline(transaction=False) as pipeline:
        for n in range(1000):
            pipeline.set(f"p{n}", f"{{ n: {n} }}").get(f"p{n}")
        replies = pipeline.execute()
    equal(replies[0::2], [True] * 1000)
    equal(replies[1::2], [f"p{n} {{ n: {n} }}" for n in range(1000)])
    # One that fails does not stop the others.
    with client.pipeline(transaction=False) as pipeline:
        pipeline.get("p1").get("{").get("p2")
        one, error, two = pipeline.execute(raise_on_error=False)
    equal((one, two), ("p1 { n: 1 }", "p2 { n: 2 }"))
    assert isinstance(error, redis.ResponseError) and str(error).startswith("SYNTAX"), error


def is_one_step(client, protocol):
    with client.pipeline(transaction=True) as pipeline:
        pipeline.set("a", "{ n: 1 }").execute_command("SETSEQ", "a_", "{ n: 2 }").get("a").dbsize()
        replies = pipeline.execute()
    equal((replies[0], replies[2], replies[3]), (True, "a { n: 1 }", 2))


def does_all_or_nothing(client, protocol):
    client.set("counter", "{ n: 1 }")
    # A condition that fails undoes what came before it.
    with client.pipeline() as pipeline:
        pipeline.set("b", "{}").delete("counter")
        pipeline.execute_command("SET", "counter { n: 3, n == 2 }")
        refused("MISMATCH", pipeline.execute)
    equal((client.get("b"), client.get("counter")), (None, "counter { n: 1 }"))
    # So does one that cannot even be queued.
    with client.pipeline() as pipeline:
        pipeline.set("b", "{}").execute_command("WAITFOR", "never")
        refused("Command # 2 (WAITFOR never) of pipeline caused error", pipeline.execute)
    equal(client.get("b"), None)
    equal(client.ping(), True)


def has_no_watch(client, protocol):
    """Revisions and conditions do what WATCH does; who asks for it must be told."""
    with client.pipeline() as pipeline:
        refused("unknown command 'WATCH'", pipeline.watch, "a")
    refused("unknown command 'WATCH'", client.transaction, lambda pipeline: None, "a")


def is_seen_whole(client, protocol):
    """Who watches never sees half of a transaction."""
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    pubsub.psubscribe("r'^pair_'")
    with connect(protocol) as writer:
        for n in range(50):
            with writer.pipeline() as pipeline:
                pipeline.set("pair_a", f"{{ n: {n} }}").set("pair_b", f"{{ n: {n} }}").execute()
            a, b = client.execute_command("FIND", "r'^pair_'")
            equal(a.removeprefix("pair_a"), b.removeprefix("pair_b"))
    pubsub.close()


in_both_protocols(answers_each)
in_both_protocols(is_one_step)
in_both_protocols(does_all_or_nothing)
in_both_protocols(has_no_watch)
in_both_protocols(is_seen_whole)
