"""Public holidays of France and of its territories, by the `holidays` library (vacanza, MIT): rosters name them, and turns may repeat on them."""

import functools
from datetime import date
from typing import Literal, get_args

from hypervisor.i18n import current_locale

Area = Literal["", "57", "6AE", "971", "972", "973", "974", "976", "BL", "MF", "NC", "PF", "PM", "WF"]
"""Where days differ, ISO 3166-2:FR: Moselle, Alsace, then overseas; none is mainland France."""
AREAS: tuple[str, ...] = get_args(Area)
LANGUAGES = {"fr": "fr", "en": "en_US"}


def between(since: date, until: date, area: str = "") -> dict[date, str]:
    """Public holidays of [since, until], each with its name in the reader's language, in order."""
    language = LANGUAGES.get(current_locale.get(), "fr")
    found = {day: name for year in range(since.year, until.year + 1) for day, name in _of_year(year, area, language).items()}
    return {day: found[day] for day in sorted(found) if since <= day <= until}


@functools.lru_cache(maxsize=64)
def _of_year(year: int, area: str, language: str) -> dict[date, str]:
    import holidays

    return dict(holidays.country_holidays("FR", subdiv=area or None, years=year, language=language))
