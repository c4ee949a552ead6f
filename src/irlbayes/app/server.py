"""The server: Shiny's session for each page, on this machine's loopback alone."""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import sys
import threading
import traceback
import webbrowser
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from irlbayes.app.page import page
from irlbayes.app.state import LARGEST, Work, act, begin, opened, wished_report

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")  # under which a page may ask; any other is another site's doing
MESSAGE = LARGEST * 4 // 3 + 2**20  # bytes of a message: a file as base64, and what is around it
ASSETS = Path(__file__).parent / "assets"
POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
Scope = dict[str, Any]


class Cancelled(Exception):
    """The reader does not want the report any more."""


@dataclass
class Desk:
    """What one page has in hand, and its report in the making; gone when the page is closed."""

    work: Work = field(default_factory=Work)
    stop: threading.Event | None = None
    running: asyncio.Task[None] | None = None


def policy(html: str) -> str:
    """Return what a page may load and run: what this server sends, and the scripts that stand in the page already.

    Parameters
    ----------
    html : str
        The page, before anything is open.
    """
    inline = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    hashes = [b64encode(sha256(one.encode()).digest()).decode() for one in inline]
    return POLICY.format(scripts="".join(f" 'sha256-{one}'" for one in hashes))


def guarded(inner: Callable[..., Awaitable[None]], allowed: str) -> Callable[..., Awaitable[None]]:
    """Put a guard before a server: only pages of this very server may ask, nothing is uploaded to its disk.

    Parameters
    ----------
    inner : callable
        An ASGI application.
    allowed : str
        Of `policy`.

    Notes
    -----
    A site elsewhere can make a browser send requests here. It cannot choose the ``Host`` that its own name has, nor
    the ``Origin`` of its page, so both must be ours. Files come as messages, so that Shiny's own way of uploading,
    which writes to the disk before anyone looks, is shut.
    """

    headers = [
        (name.encode(), value.encode()) for name, value in {**HEADERS, "content-security-policy": allowed}.items()
    ]
    names = {name for name, _ in headers}

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await inner(scope, receive, send)
            return
        if not ours(scope) or (scope["type"] == "http" and scope["method"] not in ("GET", "HEAD")):
            await _refuse(scope, send)
            return

        async def with_headers(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in names]
                message = {**message, "headers": [*kept, *headers]}
            await send(message)

        await inner(scope, receive, with_headers)

    return app


def ours(scope: Mapping[str, Any]) -> bool:
    """Whether a request is for this server by its own name, and from a page of its own."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host, origin = headers.get("host", ""), headers.get("origin")
    if host.rsplit(":", 1)[0] not in NAMES:
        return False
    return origin == f"http://{host}" if scope["type"] == "websocket" else origin in (None, f"http://{host}")


async def _refuse(scope: Scope, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"This page is for the browser on this machine alone."})


def make_app(
    evidence: str | None = None, scale: str | None = None, sheet: str | None = None
) -> Callable[..., Awaitable[None]]:
    """Return the application.

    Parameters
    ----------
    evidence : str, optional
        A bundled name or the path of a folder, a file or a ledger to open first; nothing by default.
    scale, sheet : str, optional
        As for `workflow.read_reports`.

    Returns
    -------
    callable
        ASGI.
    """
    import plotly
    from shiny import App

    plots = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    first = None if evidence is None else begin(evidence, scale, sheet)

    def server(input: Any, output: Any, session: Any) -> None:
        desk = Desk()

        async def work(wish: Mapping[str, Any]) -> dict[str, Any]:
            return await _told(desk, session, wish if isinstance(wish, Mapping) else {}, first)

        def ended() -> None:
            if desk.stop is not None:
                desk.stop.set()
            desk.work = Work()

        session.set_message_handler("work", work)
        session.on_ended(ended)

    made = App(page(), server, static_assets={"/assets": ASSETS, "/plotly.min.js": plots})
    made.sanitize_errors = True
    return guarded(made, policy(made.ui["html"]))


async def _told(desk: Desk, session: Any, wish: Mapping[str, Any], first: Work | None) -> dict[str, Any]:
    """Do what a page asks for; what goes wrong with us is said in a sentence, and in full where the server runs."""
    try:
        if wish.get("do") == "hello":
            if first is None:
                return {}
            desk.work, told = await asyncio.to_thread(opened, first, wish)
            return told
        if wish.get("do") == "report":
            return _start_report(desk, session, wish)
        if wish.get("do") == "cancel":
            if desk.stop is not None:
                desk.stop.set()
            return {}
        desk.work, told = await asyncio.to_thread(act, desk.work, wish)
    except Exception:  # the last door: a page shows no traceback, and what is in hand stays as it was
        return {"failed": failed()}
    return told


def failed() -> str:
    """Write what went wrong where the server runs, and return a sentence with a reference to it."""
    mark = secrets.token_hex(4)
    sys.stderr.write(f"irlbayes app, reference {mark}:\n{traceback.format_exc()}")
    return (
        f"Something went wrong in irlbayes itself, and nothing was changed. The reference is {mark}: it stands beside"
        " the details where the app was started. Please report both."
    )


# --- the report, which takes its time -----------------------------------------------------------------------


def _start_report(desk: Desk, session: Any, wish: Mapping[str, Any]) -> dict[str, Any]:
    if desk.running is not None and not desk.running.done():
        return {"said": "A report is being made already."}
    make = wished_report(desk.work, wish)
    if isinstance(make, dict):
        return make
    desk.stop = threading.Event()
    desk.running = asyncio.create_task(_report(session, make, desk.stop))
    return {"said": "The report is being made."}


async def _report(session: Any, make: Callable[..., dict[str, Any]], stop: threading.Event) -> None:
    """Make a report beside the page, and send how far it is, and what became of it."""
    loop = asyncio.get_running_loop()

    def pulse() -> None:
        if stop.is_set():
            raise Cancelled

    def progress(words: str, number: int, count: int) -> None:
        pulse()
        message = {"progress": {"words": words, "number": number, "count": count}}
        asyncio.run_coroutine_threadsafe(session.send_custom_message("work", message), loop)

    try:
        told = await asyncio.to_thread(make, progress, pulse)
    except Cancelled:
        told = {"report": "cancelled", "said": "The report was cancelled."}
    except Exception:  # likewise: the report failed, the page goes on
        told = {"report": "failed", "failed": failed()}
    if stop.is_set() and "saved" in told:
        told = {"report": "cancelled", "said": "The report was cancelled."}
    await session.send_custom_message("work", told)


# --- running ------------------------------------------------------------------------------------------------


def run(
    evidence: str | None = None,
    port: int = 0,
    browser: bool = True,
    ready: Callable[[str], None] = print,
    scale: str | None = None,
    sheet: str | None = None,
) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    evidence : str, optional
        As for `make_app`.
    port : int
        0 for any free one.
    browser : bool
        Whether to open the page.
    ready : callable
        Called with the address once it answers.
    scale, sheet : str, optional
        As for `make_app`.

    Raises
    ------
    InputError
        What cannot be opened, or a port that is not free.
    """
    import uvicorn

    from irlbayes.core.errors import InputError, Problem

    app = make_app(evidence, scale, sheet)
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
    except OSError as error:
        door.close()
        rule = f"a free port of this machine ({error.strerror or error})"
        raise InputError(Problem("--port", rule, "Leave it out for any.", value=str(port))) from None
    address = f"http://{HOST}:{door.getsockname()[1]}/"
    config = uvicorn.Config(
        app, log_level="error", ws_max_size=MESSAGE, ws_per_message_deflate=False, server_header=False,
        timeout_graceful_shutdown=1, lifespan="on",
    )  # fmt: skip
    server = uvicorn.Server(config)

    def told() -> None:
        while not server.started and not server.should_exit:
            threading.Event().wait(0.02)
        ready(address)
        if browser:
            webbrowser.open(address)

    threading.Thread(target=told, daemon=True).start()
    with door:
        server.run(sockets=[door])
