"""What the operator reads when an action fails: a sentence in a toast, and for what nobody foresaw a reference found again in the log."""

import logging
import secrets
from typing import Any

from dash import ctx, html, set_props
from dash.exceptions import PreventUpdate

from hypervisor.errors import Conflict, OutOfReach, VigieError
from hypervisor.i18n import _
from layouts import ids

logger = logging.getLogger(__name__)

PAGE = "_pages_content"
"""Dash's own id of the place where a page is put: navigation is a callback too, whose error needs a page and not a toast."""


def on_error(error: Exception) -> Any:
    """Given to Dash: writes the toast, or the page when it is the navigation that failed. What is out of reach is refused as the API does (api/problems.py)."""
    outputs = ctx.outputs_list if isinstance(ctx.outputs_list, list) else [ctx.outputs_list]
    is_page = any(output and output.get("id") == PAGE for output in outputs)
    if isinstance(error, PreventUpdate) or (isinstance(error, OutOfReach) and not is_page):
        raise error
    sentence = _sentence(error, is_page=is_page)
    if is_page:
        return [
            html.Div(
                [html.H1(_("Cette page ne peut pas s’ouvrir")), html.P(sentence), html.A(_("Retour à l’accueil"), href="/")],
                className="page-refused",
                role="alert",
            ),
            {"title": "Vigie"},
        ]
    from layouts.parts import toasts  # A walls-only process never imports the console's component libraries, and never comes here.

    set_props(ids.TOASTS, {"sendNotifications": toasts.told(sentence) if isinstance(error, Conflict) else toasts.failed(sentence)})
    return None


def _sentence(error: Exception, *, is_page: bool) -> str:
    if isinstance(error, VigieError):
        return error.sentence
    reference = secrets.token_hex(2).upper()
    logger.error("callback failed, reference %s", reference, exc_info=error)
    if is_page:
        return _("Erreur inattendue (réf. {reference}). Rechargez la page, puis donnez la référence à l’administrateur.", reference=reference)
    return _("Action NON enregistrée : erreur inattendue (réf. {reference}). Réessayez, puis donnez la référence à l’administrateur.", reference=reference)
