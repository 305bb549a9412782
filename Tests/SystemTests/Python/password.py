"""TCP and its password, in AUTH and in HELLO."""

import os

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from server_under_test import connect, equal

PORT = int(os.environ["PORT"])
PASSWORD = os.environ["OCTOPUS_PASSWORD"]


def over_tcp(protocol, **options):
    return redis.Redis(
        host="127.0.0.1", port=PORT, protocol=protocol, decode_responses=True, **options
    )


def is_refused(**options):
    for protocol in (2, 3):
        try:
            over_tcp(protocol, retry=Retry(NoBackoff(), 0), **options).ping()
        except redis.AuthenticationError:
            continue
        raise AssertionError(f"let in with {options}")


for protocol in (2, 3):
    with over_tcp(protocol, password=PASSWORD) as client:
        equal(client.set("over", "{ tcp: true }"), True)
        equal(client.client_info()["addr"].split(":")[0], "127.0.0.1")
    with over_tcp(protocol, username="default", password=PASSWORD) as client:
        equal(client.get("over"), "over { tcp: true }")
    # The Unix socket needs none: who may open it is let in.
    with connect(protocol) as client:
        equal(client.get("over"), "over { tcp: true }")

is_refused()
is_refused(password=PASSWORD + "x")
is_refused(username="somebody", password=PASSWORD)
