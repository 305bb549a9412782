"""Records through the calls that redis-py has for strings and keys, and through plain commands."""

from server_under_test import connect, equal, in_both_protocols, refused


def sets_and_gets(client, protocol):
    equal(client.set("object1", "{ weight: 20 }"), True)
    equal(client.get("object1"), "object1 { weight: 20 }")
    equal(client.get("_ { weight > 19 }"), "object1 { weight: 20 }")
    equal(client.get("object2"), None)
    equal(client.set("object1", "{ weight: 21 }", nx=True), None)
    equal(client.set("object2", "{ weight: 30.5, heavy: true }", nx=True), True)
    equal(client.set("object3", "{}", xx=True), None)
    equal(client.exists("object1", "object2", "object3"), 2)
    equal(client.dbsize(), 2)
    equal(client.delete("object1", "object3"), 1)
    equal(client.delete("object1"), 0)


def has_commands_of_its_own(client, protocol):
    run = client.execute_command
    names = [run("SETSEQ", "job_", "{ state: new }") for _ in range(12)]
    first = int(names[0].removeprefix("job_"))
    equal(names, [f"job_{n}" for n in range(first, first + 12)])
    equal(run("NAMES", "r'^job_'"), names)
    equal(run("NAMES", "r'^job_'", "LIMIT", 2, "AFTER", names[2]), names[3:5])
    equal(run("FIND", "_ { state: 'new' }", "LIMIT", 1), [names[0] + " { state: new }"])
    equal(run("COUNT", "_ { state: _ }"), 12)
    equal(
        run("UPDATE", names[0], "{ state: done }", "ADD", "tries", 2, "RETURN"),
        names[0] + " { state: done, tries: 2 }",
    )
    reply, revision = run("GET", names[0], "REV")
    equal(reply, names[0] + " { state: done, tries: 2 }")
    equal(run("SET", names[0], "{}", "IF", revision), True)
    refused("MISMATCH", run, "SET", names[0], "{}", "IF", revision)
    equal(run("DEL", "r'^job_'", "ALL"), 12)


def keeps_every_byte(client, protocol):
    text = "naïve 'quoted' \\ \n\r\t\0 λ 🐙"
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    for raw, letter in (("\n", "n"), ("\r", "r"), ("\t", "t"), ("\0", "0")):
        escaped = escaped.replace(raw, "\\" + letter)
    client.set("text", "{ value: '" + escaped + "' }")
    equal(client.get("text"), "text { value: '" + escaped + "' }")
    with connect(protocol, decode_responses=False) as raw:
        equal(raw.get("text"), ("text { value: '" + escaped + "' }").encode())
        refused("SYNTAX", raw.set, "text", b"{ value: '\xff\xfe' }")
    large = "{ value: '" + "x" * 900_000 + "' }"
    client.set("large", large)
    equal(client.get("large"), "large " + large)


def explains(client, protocol):
    client.set("a", "{ b: 1 }")
    plan = client.execute_command("EXPLAIN", "_ { b: 1 }")
    if protocol == 2:
        plan = dict(zip(plan[::2], plan[1::2]))
    equal((plan["matches"], plan["records"]), (1, 1))


in_both_protocols(sets_and_gets)
in_both_protocols(has_commands_of_its_own)
in_both_protocols(keeps_every_byte)
in_both_protocols(explains)
