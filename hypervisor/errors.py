"""The two families of errors, and the HTTP status of each.

*You asked something impossible* (`InvalidRequest`): the caller can repair it. *The world failed* (`Unavailable`): we retry or degrade.
The sentence given to the constructor is shown as it is: it holds what happened, its effect and what to do.
"""


class VigieError(Exception):
    """Root of what Vigie raises on purpose; `status` is its HTTP status, `code` a stable word for programs."""

    status = 500
    code = "error"

    def __init__(self, sentence: str, **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts


class InvalidRequest(VigieError):
    """The caller asked something impossible."""

    status = 400
    code = "invalid"


class NotFound(InvalidRequest):
    """No such thing in this tenant, or none that the caller may see (the two are not told apart)."""

    status = 404
    code = "not_found"


class OutOfReach(NotFound):
    """The same, for who has a part of the tenant: a refusal, whether the thing exists or not (`security.reach.unseen`)."""

    status = 403
    code = "forbidden"


class NotSignedIn(InvalidRequest):
    """No session and no token, or one that has ended."""

    status = 401
    code = "not_signed_in"


class Forbidden(InvalidRequest):
    """The caller is known and may not do this here."""

    status = 403
    code = "forbidden"


class Conflict(InvalidRequest):
    """Someone else was first, or the state has changed; `facts` says who and when."""

    status = 409
    code = "conflict"


class TooLarge(InvalidRequest):
    """The body passes what this server takes; nothing was kept."""

    status = 413
    code = "too_large"


class Locked(InvalidRequest):
    """The session is locked: its picture lives on, and nothing else does before the password is given again."""

    status = 423
    code = "locked"


class TooManyAttempts(InvalidRequest):
    """Throttled; `facts["retry_after_s"]` says for how long."""

    status = 429
    code = "too_many_attempts"


class GivenUp(InvalidRequest):
    """Whoever asked has gone: nothing more is computed, and nobody reads this answer."""

    status = 499
    code = "given_up"


class Unavailable(VigieError):
    """A dependency is down; the same request may pass later."""

    status = 503
    code = "unavailable"


class BadConfiguration(VigieError):
    """A setting is missing or contradicts another: the start stops with this sentence."""

    code = "bad_configuration"


def problem(error: VigieError, instance: str = "") -> dict[str, object]:
    """The RFC 9457 problem document of an error."""
    return {
        "type": f"urn:vigie:problem:{error.code}",
        "title": error.code.replace("_", " "),
        "status": error.status,
        "detail": error.sentence,
        "instance": instance,
        **error.facts,
    }
