"""redis-py's asyncio client."""

import asyncio

import redis.asyncio

from server_under_test import SOCKET, equal


def connect(protocol):
    pool = redis.asyncio.BlockingConnectionPool(
        connection_class=redis.asyncio.UnixDomainSocketConnection,
        path=SOCKET,
        protocol=protocol,
        decode_responses=True,
        max_connections=20,
        timeout=50,
    )
    return redis.asyncio.Redis.from_pool(pool)


async def many_at_once(client):
    async def one(n):
        await client.set(f"t{n}", f"{{ n: {n} }}")
        return await client.get(f"t{n}")

    equal(await asyncio.gather(*map(one, range(200))), [f"t{n} {{ n: {n} }}" for n in range(200)])
    async with client.pipeline(transaction=True) as pipeline:
        equal(await pipeline.delete("t1").get("t1").get("t2").execute(), [1, None, "t2 { n: 2 }"])


async def waits_while_others_work(client):
    waits = [
        asyncio.create_task(client.execute_command("WAITFOR", f"go {{ n >= {n} }}"))
        for n in range(5)
    ]
    # All of them stand in the server before anything is set.
    while (await client.info("clients"))["blocked_clients"] < 5:
        pass
    for n in range(5):
        await client.set("go", f"{{ n: {n} }}")
        equal(await waits[n], f"go {{ n: {n} }}")


async def listens(client):
    await client.set("l1", "{ level: 7 }")
    async with client.pubsub() as pubsub:
        await pubsub.subscribe("_ { level > 5 }")
        await pubsub.psubscribe("r'^l' { level > 5 }")
        heard = []

        async def listen():
            async for message in pubsub.listen():
                heard.append((message["type"], message["channel"], message["data"]))
                if message["type"] == "pmessage" and message["channel"] == "synced":
                    await client.publish("p", "{ level: 9 }")
                    await client.delete("l1")
                if message["channel"] == "del":
                    return

        await asyncio.wait_for(listen(), 50)
    equal(
        [(kind, channel) for kind, channel, _ in heard],
        [
            ("subscribe", "_ { level > 5 }"),
            ("psubscribe", "r'^l' { level > 5 }"),
            ("pmessage", "existing"),
            ("pmessage", "synced"),
            ("message", "_ { level > 5 }"),
            ("pmessage", "del"),
        ],
    )


async def gives_up(client):
    """A task that is cancelled takes its connection along, and nothing else."""
    wait = asyncio.create_task(client.execute_command("WAITFOR", "never"))
    while (await client.info("clients"))["blocked_clients"] < 1:
        pass
    wait.cancel()
    while (await client.info("clients"))["blocked_clients"] > 0:
        pass
    equal(await client.ping(), True)


async def main():
    for protocol in (2, 3):
        print("RESP", protocol)
        async with connect(protocol) as client:
            await client.execute_command("DEL", "_", "ALL")
            for test in (many_at_once, waits_while_others_work, listens, gives_up):
                print(test.__name__)
                await asyncio.wait_for(test(client), 50)


asyncio.run(main())
