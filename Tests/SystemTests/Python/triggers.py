"""Triggers over RESP3: events are pushes, on the same connection as replies."""

from server_under_test import connect, equal


def client_with_events():
    """A client of one connection, and the list to which its pushes go as they are read."""
    events = []
    client = connect(3, single_connection_client=True)
    client.connection._parser.set_pubsub_push_handler(events.append)
    return client, events


def arrive_before_the_reply_that_reflects_them():
    client, events = client_with_events()
    with connect(3) as other, client:
        reply, trigger = client.execute_command("GET", "lamp", "TRIGGER", "ANY", "PERSIST")
        equal(reply, None)
        other.set("lamp", "{ on: true }")
        # The event of the change stands before the reply that shows it.
        equal(client.get("lamp"), "lamp { on: true }")
        [event] = events
        equal(event[:3] + event[4:], ["trigger", trigger, "set", "lamp { on: true }", 0])
        created = event[3]
        # Its own change, too: the event, then OK with the revision.
        _, revision = client.execute_command("UPDATE", "lamp", "{ on: false }", "REV")
        equal(events[1], ["trigger", trigger, "set", revision, "lamp { on: false }", created])
        equal(other.delete("lamp"), 1)
        client.dbsize()
        equal(events[2][4:], ["lamp { on: false }", revision])
        equal(events[2][2], "del")
        equal(client.execute_command("UNTRIGGER", trigger), 1)
        client.dbsize()
        equal((events[3][2], events[3][4]), ("removed", None))
        equal(len(events), 4)


def are_installed_when_asked_and_once():
    client, events = client_with_events()
    with connect(3) as other, client:
        other.set("held", "{}")
        equal(client.execute_command("EXISTS", "held", "TRIGGER", "DEL", "WHEN", "missing"), [1, None])
        exists, trigger = client.execute_command("EXISTS", "held", "TRIGGER", "DEL", "WHEN", "found")
        equal(exists, 1)
        other.delete("held")
        other.set("held", "{}")
        other.delete("held")
        client.dbsize()
        equal([event[:3] for event in events], [["trigger", trigger, "del removed"]])


def observe_everything():
    client, events = client_with_events()
    with connect(3) as other, client:
        other.set("dev_1", "{ class: 2 }")
        trigger, revision, existing = client.execute_command("OBSERVE", "r'^dev_' { class: 2 }")
        equal(existing, ["dev_1 { class: 2 }"])
        for n in range(2, 200):
            other.set(f"dev_{n}", "{ class: 2 }")
        client.dbsize()
        equal([event[4] for event in events], [f"dev_{n} {{ class: 2 }}" for n in range(2, 200)])
        revisions = [event[3] for event in events]
        equal(revisions, list(range(revision + 1, revision + 199)))


def wait_for_what_comes():
    with connect(3) as client, connect(3) as other:
        equal(client.execute_command("WAITFOR", "late", "TIMEOUT", 0), None)
        # Both commands are under way at once: the second is what the first waits for.
        connection = client.connection_pool.get_connection()
        connection.send_command("WAITFOR", "late { n > 1 }")
        other.set("late", "{ n: 1 }")
        other.set("late", "{ n: 2 }")
        equal(connection.read_response(), "late { n: 2 }")
        client.connection_pool.release(connection)


arrive_before_the_reply_that_reflects_them()
are_installed_when_asked_and_once()
observe_everything()
wait_for_what_comes()
