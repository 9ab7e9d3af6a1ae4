"""Headers that every answer carries: what a page may load, and what others may do with it."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from hypervisor.settings import Settings

HOST = re.compile(r"[\w.:\[\]-]+")


def policy(settings: Settings, hashes: Sequence[str], host: str) -> str:
    """The Content-Security-Policy: our own files, the inline scripts whose hashes Dash gives, and the tile server when there is one."""
    tiles = ranges = ""
    if settings.tile_url:
        parts = urlsplit(settings.tile_url)
        # A template may begin with {s}: any sub-domain then.
        tiles = f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}"
        # One large file is read by ranges, by the page's own requests; images are not.
        ranges = tiles if parts.path.endswith(".pmtiles") else ""
    # 'self' covers WebSockets in today's browsers; kiosks are not always today's.
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *hashes)),
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob:{tiles}",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            f"connect-src 'self'{sockets}{ranges}",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    )


def fixed(settings: Settings) -> list[tuple[str, str]]:
    """Headers that do not depend on the request."""
    found = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
    ]
    if settings.is_secure:
        found.append(("strict-transport-security", "max-age=31536000"))
    return found
