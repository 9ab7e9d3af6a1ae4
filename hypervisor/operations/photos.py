"""Photographs of the field: what comes from a phone is decoded, turned upright and encoded again, so that nothing but pixels is kept.

A phone's JPEG says where and when it was taken, with which phone, and often holds a second, uncropped picture. None of it passes.
"""

import io
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest, TooLarge
from hypervisor.i18n import _
from hypervisor.operations.field_reports import Report, for_field, report, set_right
from hypervisor.store import UnitOfWork, interventions

READ = ("JPEG", "PNG", "WEBP")
LARGEST_SIDE = 1600  # px: a meter is read from it, a face in the background is not its purpose; chosen by us
MOST_PIXELS = 50_000_000  # a phone's largest sensor; a crafted picture of more would fill the memory
QUALITY = 82
MOST_PHOTOS = 20


@dataclass(frozen=True, kw_only=True)
class Clean:
    """A JPEG without metadata."""

    image: bytes
    width: int
    height: int


def add(uow: UnitOfWork, intervention_id: int, body: bytes, by: Principal, at: datetime, said: Report, *, without_faces: bool) -> dict[str, Any]:
    """Keeps a photograph and reports it. Raises InvalidRequest when nobody has looked whether a face or a number plate is on it, or when it is no picture."""
    found, _is_agents = for_field(uow, intervention_id, by)
    if not without_faces:
        raise InvalidRequest(_("Dites que la photo ne montre ni visage ni plaque, ou reprenez-la."))
    if said.key is not None and interventions.by_key(uow, by.name, said.key) is not None:
        return report(uow, intervention_id, "photo", by, at, said)
    if len(interventions.photos_of(uow, intervention_id)) >= MOST_PHOTOS:
        raise InvalidRequest(_("Cette intervention a déjà {count} photos.", count=MOST_PHOTOS))
    clean = cleaned(body)
    taken_at = set_right(said.done_at, said.sent_at, at)
    photo_id = interventions.add_photo(uow, found.id, clean.image, clean.width, clean.height, taken_at, at, by.name, by.display_name)
    return report(
        uow, intervention_id, "photo", by, at, Report(done_at=said.done_at, sent_at=said.sent_at, key=said.key, comment=said.comment, photo_id=photo_id)
    )


def cleaned(body: bytes) -> Clean:
    """The picture upright, 1,600 px at most, as a JPEG without EXIF, GPS, comment, colour profile or thumbnail. Raises InvalidRequest, TooLarge."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=READ) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise TooLarge(_("La photo dépasse {count} millions de pixels : réduisez-la.", count=MOST_PIXELS // 1_000_000))
                upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidRequest(_("Ce fichier n’est pas une photo lisible : envoyez un JPEG, un PNG ou un WebP.")) from error
    upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    # A new picture from the pixels alone: whatever hung on the one that was read stays behind.
    bare = Image.frombytes("RGB", upright.size, upright.tobytes())
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=QUALITY, optimize=True)
    return Clean(image=written.getvalue(), width=bare.width, height=bare.height)
