"""What tools for Redis ask a server about itself and its clients."""

from server_under_test import connect, equal, in_both_protocols, refused


def says_what_it_is(client, protocol):
    equal(client.ping(), True)
    equal(client.echo("echo"), "echo")
    assert client.time()[0] > 1_700_000_000
    info = client.info()
    equal(info["loading"], 0)
    equal(info["db0"]["keys"] if "db0" in info else 0, 0)
    assert info["connected_clients"] >= 1 and info["used_memory_rss"] > 0, info
    assert info["redis_version"].split(".")[0].isdigit(), info
    client.set("a", "{ b: 1 }")
    equal(client.info("keyspace")["db0"]["keys"], 1)
    config = client.config_get("*")
    equal(client.config_get("maxmemory"), {"maxmemory": "0"})
    assert "unixsocket" in config, config
    commands = client.command()
    equal(client.command_count(), len(commands))
    equal(commands["get"]["arity"], -2)
    assert "readonly" in commands["get"]["flags"], commands["get"]
    docs = client.execute_command("COMMAND DOCS", "get", "nonesuch")
    equal(len(docs), 2 if protocol == 2 else 1)


def knows_its_clients(client, protocol):
    # Names and versions of libraries are said on connecting.
    [own] = client.client_list(client_id=[client.client_id()])
    equal((own["lib-name"], own["resp"]), ("redis-py", str(protocol)))
    equal(client.client_info()["id"], client.client_id())
    equal(client.client_getname(), None)
    equal(client.client_setname("me"), True)
    equal(client.client_getname(), "me")
    with connect(protocol, client_name="victim", single_connection_client=True) as victim:
        equal(victim.client_getname(), "victim")
        equal(client.client_kill_filter(_id=victim.client_id()), 1)
    equal([other["name"] for other in client.client_list()], ["me"])
    refused("No such client", client.client_kill, "1.2.3.4:5")


def shows_what_others_do(client, protocol):
    with connect(protocol).monitor() as monitor:
        with connect(protocol, client_name="noisy") as noisy:
            noisy.set("quoted", "{ text: 'a\"b' }")
        for command in monitor.listen():
            if command["command"].startswith("SET"):
                break
        equal(command["command"], "SET quoted { text: 'a\"b' }")
        equal(command["client_type"], "unix")


def remembers_what_was_slow(client, protocol):
    client.slowlog_reset()
    equal(client.slowlog_len() >= 0, True)
    for entry in client.slowlog_get(5):
        assert entry["duration"] >= 10_000, entry


in_both_protocols(says_what_it_is)
in_both_protocols(knows_its_clients)
in_both_protocols(shows_what_others_do)
in_both_protocols(remembers_what_was_slow)
