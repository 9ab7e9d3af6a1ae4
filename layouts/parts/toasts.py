"""Toasts: what became of my own action. A new alarm is never one (screens.md 2.6)."""

import itertools
from typing import Any

import dash_mantine_components as dmc
from dash import html

from hypervisor.i18n import _
from layouts import ids

CONFIRMED_MS = 6000
"""How long a confirmation stays (screens.md 2.6); a refusal or a failure stays until it is closed."""

_number = itertools.count(1)


def tray() -> dmc.NotificationContainer:
    """Where toasts appear: three at most."""
    return dmc.NotificationContainer(
        id=ids.TOASTS, position="bottom-center", limit=3, autoClose=CONFIRMED_MS, transitionDuration=0, containerWidth=440, zIndex=400
    )


def done(text: str) -> list[dict[str, Any]]:
    """My action was written."""
    return [_toast(text, "done", CONFIRMED_MS, "status")]


def told(text: str) -> list[dict[str, Any]]:
    """Somebody was first: nothing is wrong, and I should know."""
    return [_toast(text, "told", CONFIRMED_MS * 2, "status")]


def failed(text: str) -> list[dict[str, Any]]:
    """My action was not written; stays until closed."""
    return [_toast(text, "failed", False, "alert")]


def _toast(text: str, kind: str, close_after: int | bool, role: str) -> dict[str, Any]:
    return {
        "id": f"avis-{next(_number)}",
        "action": "show",
        "message": text,
        "className": f"toast toast--{kind}",
        "autoClose": close_after,
        "withBorder": True,
        "role": role,
        "closeButtonProps": {"aria-label": _("Fermer la notification")},
    }


def provided(children: list[Any]) -> dmc.MantineProvider:
    """The page's content inside what Mantine's components need; colours come from assets/40-console.css, in our tokens."""
    return dmc.MantineProvider(
        html.Div([*children, tray()], className="provided"),
        theme={"fontFamily": "inherit", "respectReducedMotion": True, "focusRing": "always", "defaultRadius": 3},
        forceColorScheme="dark",
    )


def alone() -> dmc.MantineProvider:
    """The tray, for a page that has no other component of Mantine's."""
    return dmc.MantineProvider(tray(), forceColorScheme="dark")
