"""Who may speak to the dashboard: an ASGI application around another one.

A page of somebody else, open in the same browser, could otherwise talk to a dashboard on this machine (by a form, a
socket, or a name that it lets point here). So a request must be addressed to a name of this server, and where a browser
says which page it comes from, to the server of that very page. Sizes are limited, and answers forbid the page to fetch
anything from elsewhere.
"""

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from experiments.app.visits import Visits

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 64 * 1024
LARGEST_MESSAGE = 256 * 1024
"""Bytes; a page sends names and numbers."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")

_HIDDEN = ("/resourcez", "/_solara/api/evict/", "/jupyter/api/kernels")
"""What the server would tell about itself; the sockets under the last one are not HTTP and pass."""
_CLOSE = "/_solara/api/close/"
_SOCKETS = "/jupyter/api/kernels/"
_SESSIONS = ("solara-session-id", "solara-session-id-lax")
"""Names of the cookies that tell visitors apart; the first one that there is counts."""
_CDN = "/_solara/cdn/"

_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        b"object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'self'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class Guard:
    """Lets through what a page of this server asks of it.

    Args:
        inner: the application.
        names: hosts under which this server may be addressed; numbers of the network are always names of it where
            `any_number` says so (it then listens to others).
        assets: folder of the parts of the page that the server would fetch from elsewhere where they are missing.
        visits: those that there are.
    """

    def __init__(
        self,
        inner: Application,
        names: Iterable[str],
        assets: Path,
        any_number: bool = False,
        visits: Visits | None = None,
    ) -> None:
        self.inner = inner
        self.visits = visits or Visits(dict)
        self.names = frozenset(name.lower() for name in names)
        self.assets = assets.resolve()
        self.any_number = any_number

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with a sentence."""
        if scope["type"] not in {"http", "websocket"}:
            await self.inner(scope, receive, send)
            return
        refusal = self.refusal(scope)
        if refusal is None and scope["type"] == "websocket":
            await self._open(scope, receive, send)
        elif refusal is None:
            await self.inner(scope, _limited(receive), _with_headers(send))
        elif scope["type"] == "websocket":
            await _close(receive, send)
        else:
            await _answer(send, *refusal)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a socket through where there is room for its visit."""
        visit = scope["path"].removeprefix(_SOCKETS).partition("/")[0]
        found = _sessions(_headers_of(scope).get("cookie", ""))
        session = next((found[name] for name in _SESSIONS if found.get(name)), "")
        async with self.visits.opened(visit, session) as has_room:
            await (self.inner(scope, receive, send) if has_room else _close(receive, send))

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence with which a request is refused; None where it may pass."""
        headers = _headers_of(scope)
        host = headers.get("host", "")
        if not self.is_ours(host):
            return 421, "This server is not known under that name."
        origin = headers.get("origin")
        needed = scope["type"] == "websocket" or scope["method"] not in {"GET", "HEAD"}
        if (origin is None and needed) or (origin is not None and not is_same(origin, host)):
            return 403, "Only the page of this server may ask for that."
        if scope["type"] == "http":
            too_large = _too_large(headers.get("content-length", "0"))
            return self._refused_path(scope["path"]) or too_large or self._of_others(scope["path"], headers)
        return None

    def _of_others(self, path: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """Whoever asks for the end of a visit must be the one whose visit it is."""
        if not path.startswith(_CLOSE):
            return None
        owner = self.visits.owner(path.removeprefix(_CLOSE))
        if owner is None or owner in _sessions(headers.get("cookie", "")).values():
            return None
        return 403, "That visit is somebody else's."

    def is_ours(self, host: str) -> bool:
        """Whether a `Host` header names this server."""
        name = _name(f"//{host}")
        return name in self.names or (self.any_number and is_number(name))

    def _refused_path(self, path: str) -> tuple[int, str] | None:
        """What is not to be had, and what would first have to be fetched from elsewhere."""
        if path.startswith(_HIDDEN):
            return 404, "There is nothing here."
        if path.startswith(_CDN):
            file = (self.assets / path.removeprefix(_CDN)).resolve()
            if not (file.is_relative_to(self.assets) and file.is_file()):
                return 404, "This part of the page is not on this machine."
        return None


def is_same(origin: str, host: str) -> bool:
    """Whether an `Origin` header is that of a page of this `Host`."""
    return urlsplit(origin).scheme in {"http", "https"} and urlsplit(origin).netloc.lower() == host.lower()


def is_number(name: str) -> bool:
    """Whether a host is written as a number, which nobody else can let point here."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def names_of(host: str) -> tuple[str, ...]:
    """Names under which a server that listens at `host` may be addressed."""
    own = () if host in LOOPBACK else (socket.gethostname(), socket.getfqdn(), host)
    return (*LOOPBACK, *own)


def _headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request, by their names in small letters."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _sessions(cookie: str) -> dict[str, str]:
    """Sessions that a `Cookie` header speaks of, by the names of their cookies."""
    pairs = (item.strip().partition("=") for item in cookie.split(";"))
    return {name: value for name, _, value in pairs if name in _SESSIONS}


def _name(address: str) -> str:
    """The host in an address, without its port; empty where there is none."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def _too_large(length: str) -> tuple[int, str] | None:
    """A body that says that it is larger than anything a page sends."""
    if length.isdecimal() and int(length) <= LARGEST_BODY:
        return None
    return 413, f"At most {LARGEST_BODY:,} bytes."


def _limited(receive: Receive) -> Receive:
    """A way to receive that ends the conversation when a body is larger than it may be."""
    total = 0

    async def limited() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body") or b"") if message["type"] == "http.request" else 0
        return message if total <= LARGEST_BODY else {"type": "http.disconnect"}

    return limited


def _with_headers(send: Send) -> Send:
    """A way to send that adds what the browser has to keep to."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *_HEADERS]
        await send(message)

    return sent


async def _close(receive: Receive, send: Send) -> None:
    """Close a socket before it is opened."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})


async def _answer(send: Send, status: int, text: str) -> None:
    """A short answer in plain text."""
    content = f"{text}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
