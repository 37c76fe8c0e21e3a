"""The dashboard on a port: `supportnet app`.

Solara, its server and what the page needs are an extra (`app`), so they are imported here, when the command is used.
"""

import importlib
import os
import socket
import sys
import warnings
import webbrowser
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from threading import Thread
from typing import Any

from experiments.app.guard import LARGEST_MESSAGE, LOOPBACK, Guard, names_of
from experiments.app.visits import MOST_VISITS, Visits
from experiments.console import tell
from simulation import InputError, Problem, is_compiled

PAGE = "experiments.app.page"
NEEDED = {"solara": "mesa[viz]", "solara_assets": "solara-assets", "ipyvuetify": "ipyvuetify<2"}
"""Packages of the extra, and what brings them."""

SETTINGS = {
    "SOLARA_APP": PAGE,
    "SOLARA_ASSETS_PROXY": "true",  # parts of the page come from this machine, whatever it runs in
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "false",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_TELEMETRY_SERVER_USER_ID": "none",
    "SOLARA_KERNEL_CULL_TIMEOUT": "30m",
    "SOLARA_KERNEL_MAX_COUNT": str(2 * MOST_VISITS),  # sockets: a page that comes back has two for a moment
    "SOLARA_THEME_VARIANT": "light",  # style.css follows the browser; under "auto" the template lacks the page's place
    "SOLARA_THEME_LOADER": "plain",
    "SOLARA_THEME_SHOW_BANNER": "false",
    "SOLARA_THEME_TITLE": "supportnet",
}
"""What Solara is told through the environment, before it is imported."""


def serve(host: str, port: int, browser: bool) -> None:
    """Serve the page until interrupted.

    Args:
        host: address to listen at; only this machine for `127.0.0.1`.
        port: number of the port; 0 for a free one.
        browser: whether a browser is opened.

    Raises:
        InputError: the extra is not installed, or the address cannot be had.
    """
    refuse_missing()
    bound = _bound(host, port)
    address = _address(host, bound.getsockname()[1])
    _announce(host, address)
    server = _server(host)
    if browser:
        Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    with suppress(KeyboardInterrupt):
        server.run(sockets=[bound])
    tell("ended")


def refuse_missing() -> None:
    """Make sure that the extra is there.

    Raises:
        InputError: a package of it is not.
    """
    missing = [package for name, package in NEEDED.items() if find_spec(name) is None]
    if missing:
        what = f"the dashboard needs packages that are not installed: {', '.join(missing)}"
        raise InputError(Problem("supportnet app", what, "install them: pip install 'supportnet[app]'"))


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; others on this machine may not take it over.

    Raises:
        InputError: somebody else has it, or there is no such address here.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0 if sys.platform == "win32" else 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        where = f"--host {host} --port {port}"
        allowed = "another --port; --port 0 takes a free one"
        raise InputError(Problem(where, f"cannot be listened to: {error.strerror or error}", allowed)) from None
    return found


def _address(host: str, port: int) -> str:
    """The address of the page, for a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}/"


def _announce(host: str, address: str) -> None:
    """Say where the page is, and what others can do with it."""
    tell(f"the dashboard is at {address}")
    if host not in LOOPBACK:
        tell("warning: everybody who can reach this address can use it, and what they see is not encrypted")
    if not is_compiled():
        tell("the model is compiled once, which takes a minute or two; the first picture waits for it")
    tell("Ctrl-C ends it")


def _server(host: str) -> Any:  # noqa: ANN401 - uvicorn is an extra
    """Solara's server with the guard before it; the model is fetched meanwhile."""
    os.environ.update(SETTINGS)
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")
    Thread(target=_fetch_model, daemon=True).start()
    uvicorn = importlib.import_module("uvicorn")
    inner = importlib.import_module("solara.server.starlette").app
    assets = importlib.import_module("solara.server.settings").assets.proxy_cache_dir
    guarded = Guard(inner, names_of(host), assets, any_number=host not in LOOPBACK, visits=Visits(_kept))
    config = uvicorn.Config(
        guarded, log_level="warning", access_log=False, ws_max_size=LARGEST_MESSAGE, timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config)


def _kept() -> Mapping[str, Any]:
    """What Solara keeps of each visit."""
    found: Mapping[str, Any] = importlib.import_module("solara.server.kernel_context").contexts
    return found


def _fetch_model() -> None:
    """Run the model once where nobody sees it, so that the first visitor need not wait."""
    importlib.import_module("experiments.app.runs").warm_up()
