"""What the programs share: clients of the server under test, in both versions of the protocol."""

import faulthandler
import os
import sys

# redis-py prefers the parser of hiredis, if that can be imported.
if os.environ.get("PARSER") == "python":
    sys.modules["hiredis"] = None

import redis

# Long before the test that runs this gives up: shows where it hangs.
faulthandler.dump_traceback_later(50, exit=True)

SOCKET = os.environ["OCTOPUS_SOCKET"]
assert redis.utils.HIREDIS_AVAILABLE == ("PARSER" not in os.environ)


def connect(protocol, **options):
    options.setdefault("decode_responses", True)
    return redis.Redis(unix_socket_path=SOCKET, protocol=protocol, **options)


def in_both_protocols(test):
    """Runs test(client, protocol) against an empty server, twice."""
    for protocol in (2, 3):
        print("RESP", protocol, test.__name__)
        with connect(protocol) as client:
            client.execute_command("DEL", "_", "ALL")
            test(client, protocol)


def equal(found, expected):
    assert found == expected, f"found    {found!r}\nexpected {expected!r}"


def refused(begin, call, *arguments, **options):
    """Makes a call that must be refused with an error that begins like this."""
    try:
        answer = call(*arguments, **options)
    except redis.RedisError as error:
        assert str(error).startswith(begin), f"{error!r} does not begin with {begin!r}"
        return error
    raise AssertionError(f"not refused: {answer!r}")
