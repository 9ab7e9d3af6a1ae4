"""One POST that may be repeated: what each way of failing says of the other side."""

import logging

import httpx

from hypervisor.notifications.message import Doubtful, NotDelivered, Refused

CONNECT_S, ANSWER_S = 5.0, 60.0
LATER = frozenset({401, 403, 404, 408, 409, 423, 425, 429})
"""Statuses below 500 that a gateway gives while it is badly set or busy: they say nothing against the message."""

logging.getLogger("httpx").setLevel(logging.WARNING)  # It writes each address, which may hold a key.


def post(client: httpx.Client, url: str, content: bytes, headers: dict[str, str]) -> None:
    """Returns once the other side has accepted (2xx). Raises NotDelivered, Doubtful or Refused."""
    try:
        answer = client.post(url, content=content, headers={"content-type": "application/json", **headers})
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise NotDelivered(f"the gateway cannot be reached: {type(error).__name__}") from error
    except httpx.HTTPError as error:
        raise Doubtful(f"no answer after the request: {type(error).__name__}") from error
    if answer.is_success:
        return
    if answer.status_code < 500 and answer.status_code not in LATER:
        raise Refused(f"the gateway refuses it ({answer.status_code})")
    raise NotDelivered(f"the gateway answers {answer.status_code}")


def client() -> httpx.Client:
    """What posts: no redirection, since a message must not follow one to another host."""
    return httpx.Client(timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S), follow_redirects=False)
