"""The HTML page around Dash: language, theme before the first paint, what is shown while scripts load, and what Dash must not load by itself."""

from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from pathlib import Path
from typing import Any

from dash import Dash
from starlette.concurrency import run_in_threadpool

HERE = Path(__file__).parent

ASSETS_IGNORE = ""
"""Files that Dash must not put in pages. None: folders are enough."""

ASSETS_PATH_IGNORE = ["^vendor$", "^worker$", "^head$", "^fonts$", "^icons$", "^terrain$"]
"""Folders of assets/ served but not put in every page: what set-up vendors, the feed's Web Worker, and scripts named in index.html itself."""


def index_string() -> str:
    """The page, with Dash's own {%places%}. It has no inline script: the content security policy forbids them."""
    return (HERE / "index.html").read_text(encoding="utf-8")


async def _in_thread(context: Context, work: Callable[[], Any]) -> Any:
    return await run_in_threadpool(context.run, work)


class Page(Dash):
    """Dash, whose own « Loading... » gives way to ours, in French, until the first layout is drawn, and whose callbacks run in threads.

    On FastAPI, Dash 4.4 runs a plain callback in the event loop: one that waits for a frozen PostgreSQL would hold up every heartbeat and every wall of the process.
    """

    def _execute_callback(self, func: Any, args: Any, outputs_list: Any, g: Any) -> Callable[[], Coroutine[Any, Any, Any]]:
        work = super()._execute_callback(func, args, outputs_list, g)

        def aside() -> Coroutine[Any, Any, Any]:
            # Dash calls this inside the callback's own context, and awaits what it gives outside of it.
            return _in_thread(copy_context(), work)

        return aside

    def interpolate_index(self, **kwargs: str) -> str:
        """The page with Dash's places filled, and our opening where Dash would write its own."""
        return super().interpolate_index(**{**kwargs, "app_entry": (HERE / "opening.html").read_text(encoding="utf-8")})
