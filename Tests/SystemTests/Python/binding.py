"""Events over RESP2: a second connection carries them, and either's end ends the session."""

from server_under_test import connect, equal, redis, refused


def carries_events():
    requests = connect(2, single_connection_client=True)
    refused("NOBINDING", requests.execute_command, "GET", "a", "TRIGGER", "SET")
    refused("NOBINDING", requests.execute_command, "OBSERVE", "_")

    events = connect(2, single_connection_client=True)
    equal(events.execute_command("BIND", requests.client_id()), "OK")
    refused("this connection carries the events", events.get, "a")
    reply, trigger = requests.execute_command("GET", "a", "TRIGGER", "ANY", "PERSIST")
    equal(reply, None)
    equal(requests.execute_command("SET", "a", "{ n: 1 }", "TRANSIENT"), True)
    reply, revision = requests.execute_command("GET", "a", "REV")
    equal(
        events.connection.read_response(),
        ["trigger", trigger, "set", revision, "a { n: 1 }", 0],
    )
    # No third connection.
    third = connect(2, single_connection_client=True)
    refused("BUSY", third.execute_command, "BIND", requests.client_id())

    # The session ends with its events; all that it owned goes.
    events.connection.disconnect()
    with connect(2) as other:
        equal(other.execute_command("WAITFOR", "a", "GONE", "TIMEOUT", 50_000), "OK")
    try:
        requests.connection.send_command("PING")
        requests.connection.read_response()
        raise AssertionError("the session is still there")
    except redis.ConnectionError:
        pass


def ends_with_the_session():
    requests = connect(2, single_connection_client=True)
    events = connect(2, single_connection_client=True)
    equal(events.execute_command("BIND", requests.client_id()), "OK")
    requests.connection.disconnect()
    try:
        events.connection.read_response()
        raise AssertionError("the event connection is still there")
    except redis.ConnectionError:
        pass


carries_events()
ends_with_the_session()
