"""Connection pools: shared by threads, checked before use, and mended after a loss."""

import threading

import redis

from server_under_test import SOCKET, connect, equal


def pool_of(protocol, **options):
    return redis.BlockingConnectionPool(
        connection_class=redis.UnixDomainSocketConnection,
        path=SOCKET,
        protocol=protocol,
        decode_responses=True,
        **options,
    )


def serves_threads(protocol):
    pool = pool_of(protocol, max_connections=4, timeout=50)
    failures = []

    def work(thread):
        try:
            client = redis.Redis(connection_pool=pool)
            for n in range(100):
                client.set(f"thread{thread}", f"{{ n: {n} }}")
                equal(client.get(f"thread{thread}"), f"thread{thread} {{ n: {n} }}")
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(failures, [])
    pool.disconnect()


def checks_health(protocol):
    """Each command is preceded by a PING, since any time is longer than no time."""
    with connect(protocol) as watcher, watcher.monitor() as monitor:
        client = redis.Redis(connection_pool=pool_of(protocol, health_check_interval=1e-9))
        client.ping()
        client.dbsize()
        commands = []
        for command in monitor.listen():
            commands.append(command["command"].split(" ")[0])
            if commands[-1] == "DBSIZE":
                break
        equal(commands[-2:], ["PING", "DBSIZE"])
        client.connection_pool.disconnect()


def connects_again(protocol):
    client = redis.Redis(connection_pool=pool_of(protocol))
    victim = client.client_id()
    with connect(protocol) as other:
        equal(other.client_kill_filter(_id=victim), 1)
    equal(client.ping(), True)
    assert client.client_id() > victim
    client.connection_pool.disconnect()


def selects_its_database():
    equal(redis.from_url(f"unix://{SOCKET}?db=0").ping(), True)
    try:
        redis.from_url(f"unix://{SOCKET}?db=1").ping()
        raise AssertionError("there is no database 1")
    except redis.RedisError as error:
        assert "Invalid Database" in str(error) or "out of range" in str(error), error


for protocol in (2, 3):
    serves_threads(protocol)
    checks_health(protocol)
    connects_again(protocol)
selects_its_database()
