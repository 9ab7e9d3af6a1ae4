"""Which source an MQTT message is of: topic filters as MQTT 5 §4.7 reads them. Pure."""

from collections.abc import Sequence

from hypervisor.errors import InvalidRequest

LONGEST = 65_535
"""Bytes of a topic or filter (MQTT 5 §4.7.3)."""


def check(topic_filter: str) -> str:
    """The filter. Raises InvalidRequest when no broker would take it, or when it is one that reads the broker's own topics or shares a subscription."""
    parts = topic_filter.split("/")
    is_wrong = (
        not topic_filter
        or "\0" in topic_filter
        or len(topic_filter.encode()) > LONGEST
        or any("+" in part and part != "+" for part in parts)
        or any("#" in part and (part != "#" or place != len(parts) - 1) for place, part in enumerate(parts))
    )
    if is_wrong:
        raise InvalidRequest(f"{topic_filter[:100]!r} is not an MQTT topic filter: nothing was changed; + is a whole level, # the last one")
    if topic_filter.startswith("$"):
        raise InvalidRequest(
            f"{topic_filter[:100]!r} is a topic of the broker itself or a shared subscription: nothing was changed; subscribe to the source's own topics"
        )
    return topic_filter


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a message published at the topic is for this filter."""
    wanted, found = topic_filter.split("/"), topic.split("/")
    if found[0].startswith("$") and wanted[0] in "+#":
        return False
    if wanted[-1] == "#":
        wanted.pop()
        found = found[: len(wanted)] if len(found) >= len(wanted) else found
    return len(wanted) == len(found) and all(part in ("+", said) for part, said in zip(wanted, found, strict=True))


def of_topic(filters: Sequence[str], topic: str) -> bool:
    """Whether one of them is for the topic."""
    return any(matches(one, topic) for one in filters)
