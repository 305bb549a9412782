"""Every refusal arrives as an error of redis-py, begins with its code, and changes nothing."""

from server_under_test import equal, in_both_protocols, refused


def refuses(client, protocol):
    run = client.execute_command
    client.set("there", "{ n: 1 }")
    before = run("FIND", "_", "REV")

    refused("SYNTAX", client.get, "{")
    refused("SYNTAX", client.set, "a b", "{}")
    refused("SYNTAX", client.set, "a", "{ n: 99999999999999999999 }")
    refused("SYNTAX", client.set, "there", "{ n: 2 }", ex=10)
    refused("BADREGEX", client.get, "r'('")
    refused("BADREGEX", client.get, r"r'(\p{L}{1,30}){1,30}'")
    refused("NONAME", client.set, "_", "{}")
    refused("NONAME", run, "DEL", "r'^there$'")
    refused("MISMATCH", run, "SET", "there { n: 2, n == 7 }")
    refused("MISMATCH", run, "SET", "there", "{ n: 2 }", "IF", 0)
    refused("MISMATCH", run, "UPDATE", "absent", "{ n: 2 }")
    refused("TOOBIG", client.set, "a" * 2_000, "{}")
    refused("TOOBIG", client.set, "a", "{ t: '" + "x" * 1_100_000 + "' }")
    refused("NOTRIGGER", run, "UNTRIGGER", 12345)
    refused("NOPROTO", run, "HELLO", 4)

    # redis-py takes the code away from those of Redis itself.
    equal(refused("unknown command", client.hset, "a", "b", "c").status_code, "ERR")
    refused("unknown command", client.incr, "there")
    refused("unknown command", client.keys)
    refused("unknown command", client.flushall)
    refused("wrong number of arguments", run, "GET")
    refused("DB index is out of range", run, "SELECT", 1)
    equal(run("SELECT", 0) in ("OK", True), True)

    equal(run("FIND", "_", "REV"), before)


in_both_protocols(refuses)
