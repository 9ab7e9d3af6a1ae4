"""Reads a request's body within its limit, plain or gzipped, without ever holding more than the limit."""

import zlib

from starlette.types import Receive

from hypervisor.errors import InvalidRequest

DRAINED_BYTES = 256 * 2**20
"""A sender that is refused is read to its end up to here, so that it reads our answer instead of a broken connection; nothing of it is kept."""
GZIP_WINDOW = 16 + zlib.MAX_WBITS


class TooLarge(InvalidRequest):
    """The body passes the limit."""

    status = 413
    code = "too_large"


class UnsupportedMedia(InvalidRequest):
    """A content type or encoding that the door does not read."""

    status = 415
    code = "unsupported_media_type"


async def read(receive: Receive, encoding: str, limit: int) -> bytes:
    """The body, decompressed. Raises TooLarge, UnsupportedMedia or InvalidRequest."""
    encoding = encoding.strip().lower()
    if encoding not in ("identity", "gzip"):
        raise UnsupportedMedia(f"content encoding {encoding[:40]!r} is not read here: nothing was accepted; send gzip or none")
    inflater = zlib.decompressobj(GZIP_WINDOW) if encoding == "gzip" else None
    parts: list[bytes] = []
    size, sent, too_large = 0, 0, False
    is_more = True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidRequest("the connection closed before the end of the body: nothing was accepted")
        chunk, is_more = message.get("body", b""), message.get("more_body", False)
        sent += len(chunk)
        if sent > DRAINED_BYTES:
            break
        if too_large:
            continue
        piece = _inflate(inflater, chunk, limit + 1 - size) if inflater else chunk
        size += len(piece)
        if size > limit:
            too_large = True
            parts.clear()
        else:
            parts.append(piece)
    if too_large or sent > DRAINED_BYTES:
        raise TooLarge(f"the body passes {limit // 2**20} MB: nothing was accepted; send smaller batches, or raise HYPERVISOR_BODY_LIMIT_MB")
    if inflater is not None and not inflater.eof:
        raise InvalidRequest("the gzip body is truncated: nothing was accepted")
    return b"".join(parts)


def _inflate(inflater: "zlib._Decompress", chunk: bytes, most: int) -> bytes:
    try:
        return inflater.decompress(chunk, most)
    except zlib.error as error:
        raise InvalidRequest(f"the body is not gzip: {error}; nothing was accepted") from None
