"""Who may speak to the dashboard, and what the command says when it cannot begin."""

import asyncio
import importlib
import inspect
import socket
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments import cli
from experiments.app import serving
from experiments.app.guard import _SESSIONS, LARGEST_BODY, LARGEST_MESSAGE, Guard, is_number, is_same, names_of
from experiments.app.setup import SETTINGS
from experiments.app.visits import MOST_OF_ONE, MOST_VISITS, Visits
from simulation import InputError


def _visit(session, status="CONNECTED", close=None):
    """What Solara keeps of a visit."""
    return SimpleNamespace(session_id=session, page_status={"page": SimpleNamespace(name=status)}, close=close)


async def _inner(scope, receive, send):
    message = await receive()
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()
    body = b"cut" if message["type"] == "http.disconnect" else b"in"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def _ask(tmp_path, kind="http", method="GET", path="/", messages=({"type": "http.request", "body": b""},), **headers):
    """What the guard sends for a request."""
    sent, waiting = [], list(messages)
    raw = [
        (name.replace("_", "-").encode(), value.encode())
        for name, value in {"host": "127.0.0.1:8765", **headers}.items()
    ]
    scope = {"type": kind, "path": path, "headers": raw} | ({"method": method} if kind == "http" else {})

    async def receive():
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    visits = Visits(lambda: {"mine": _visit("abc")})
    asyncio.run(Guard(_inner, names_of("127.0.0.1"), tmp_path, visits=visits)(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (200, {}),
        (200, {"host": "localhost:8765"}),
        (200, {"host": "[::1]:8765"}),
        (421, {"host": "evil.example:8765"}),
        (421, {"host": "192.168.1.7:8765"}),
        (421, {"host": ""}),
        (200, {"origin": "http://127.0.0.1:8765"}),
        (403, {"origin": "http://evil.example"}),
        (403, {"origin": "null"}),
        (403, {"origin": "http://127.0.0.1:8766"}),
        (403, {"method": "POST"}),
        (200, {"method": "POST", "origin": "http://127.0.0.1:8765"}),
        (413, {"method": "POST", "origin": "http://127.0.0.1:8765", "content_length": str(LARGEST_BODY + 1)}),
        (413, {"content_length": "-1"}),
        (404, {"path": "/resourcez"}),
        (404, {"path": "/_solara/cdn/anything@1.0/index.js"}),
        (404, {"path": "/_solara/cdn/../../etc/passwd"}),
    ],
)
def test_only_pages_of_this_server_are_answered(tmp_path, status, request_):
    assert _ask(tmp_path, **request_)[0]["status"] == status


@pytest.mark.parametrize(
    ("status", "visit", "cookie"),
    [
        (200, "mine", "theme=dark; solara-session-id=abc"),
        (200, "mine", "solara-session-id-lax=abc"),
        (403, "mine", "solara-session-id=abd"),
        (403, "mine", "other=abc"),
        (403, "mine", ""),
        (200, "nobodys", ""),
    ],
)
def test_a_visit_is_ended_only_by_the_one_whose_visit_it_is(tmp_path, status, visit, cookie):
    path = f"/_solara/api/close/{visit}"
    sent = _ask(tmp_path, method="POST", path=path, origin="http://127.0.0.1:8765", cookie=cookie)
    assert sent[0]["status"] == status


def test_a_name_that_somebody_lets_point_here_is_refused_on_every_way(tmp_path):
    for kind in ("http", "websocket"):
        for host in ("rebound.example:8765", "127.0.0.1.rebound.example", "localhost.rebound.example:8765", "[::2]:1"):
            messages = ({"type": "http.request", "body": b""},) if kind == "http" else ({"type": "websocket.connect"},)
            sent = _ask(tmp_path, kind=kind, host=host, origin=f"http://{host}", messages=messages)
            assert sent[0].get("status", sent[0].get("code")) in {421, 1008}


def test_answers_forbid_fetching_from_elsewhere(tmp_path):
    headers = dict(_ask(tmp_path)[0]["headers"])
    assert b"connect-src 'self'" in headers[b"content-security-policy"]
    assert b"frame-ancestors 'self'" in headers[b"content-security-policy"]


def test_parts_of_the_page_that_are_here_are_served(tmp_path):
    (tmp_path / "a@1").mkdir()
    (tmp_path / "a@1" / "b.js").write_text("1")
    assert _ask(tmp_path, path="/_solara/cdn/a@1/b.js")[0]["status"] == 200


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "http://evil.example"}, {"host": "evil.example", "origin": "http://evil.example"}]
)
def test_sockets_from_elsewhere_are_closed_before_they_are_opened(tmp_path, headers):
    sent = _ask(tmp_path, kind="websocket", messages=({"type": "websocket.connect"},), **headers)
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_body_without_a_length_is_cut_off(tmp_path):
    half = {"type": "http.request", "body": b"x" * (LARGEST_BODY // 2 + 1), "more_body": True}
    sent = _ask(tmp_path, method="POST", origin="http://127.0.0.1:8765", messages=(half, half, half))
    assert sent[1]["body"] == b"cut"


def test_hosts_are_told_apart():
    assert is_number("10.0.0.1")
    assert is_number("::1")
    assert not is_number("10.0.0.1.example")
    assert is_same("http://a:1", "a:1")
    assert not is_same("file://", "")
    assert socket.gethostname() in names_of("0.0.0.0")


# --- the server itself ------------------------------------------------------------------------------------------------


class _Context:
    """A visit as the server keeps it."""

    session_id = "abc"


def test_the_server_tells_whose_visit_it_is(monkeypatch):
    contexts = importlib.import_module("solara.server.kernel_context").contexts
    monkeypatch.setitem(contexts, "one", _Context())
    assert Visits(serving._kept).owner("one") == "abc"
    assert Visits(serving._kept).owner("other") is None
    server = importlib.import_module("solara.server.server")
    assert {server.COOKIE_KEY_SESSION_ID, server.COOKIE_KEY_SESSION_ID_LAX} == set(_SESSIONS)


def test_the_command_listens_to_this_machine_alone_unless_it_is_told_otherwise():
    assert inspect.signature(cli.app_).parameters["host"].default == "127.0.0.1"
    with serving._bound("127.0.0.1", 0) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("kept", "session", "admitted"),
    [
        ({}, "mine", True),
        ({f"v{n}": _visit("mine") for n in range(MOST_OF_ONE - 1)}, "mine", True),
        ({f"v{n}": _visit("mine") for n in range(MOST_OF_ONE)}, "mine", False),
        ({f"v{n}": _visit("mine") for n in range(MOST_OF_ONE)}, "another", True),
        ({f"v{n}": _visit(f"s{n}") for n in range(MOST_VISITS - 1)}, "mine", True),
        ({f"v{n}": _visit(f"s{n}") for n in range(MOST_VISITS)}, "mine", False),
        ({f"v{n}": _visit("") for n in range(MOST_OF_ONE)}, "", True),
        ({"new": _visit("mine")} | {f"v{n}": _visit("mine") for n in range(MOST_OF_ONE)}, "mine", True),
    ],
)
def test_there_are_so_many_visits_at_once(kept, session, admitted):
    async def begun():
        async with Visits(lambda: kept).opened("new", session) as has_room:
            return has_room

    assert asyncio.run(begun()) is admitted


def test_visits_that_are_about_to_begin_count_and_make_room_when_their_socket_is_gone():
    async def begun():
        visits = Visits(dict)
        async with AsyncExitStack() as stack:
            opened = [visits.opened(f"v{number}", "mine") for number in range(MOST_OF_ONE + 1)]
            found = [await stack.enter_async_context(one) for one in opened]
        async with visits.opened("later", "mine") as has_room:
            return [*found, has_room]

    assert asyncio.run(begun()) == [True] * MOST_OF_ONE + [False, True]


@pytest.mark.parametrize(
    ("size", "own", "ended"), [(MOST_OF_ONE, "mine", ["v2"]), (MOST_VISITS, "", ["v2"]), (3, "", [])]
)
def test_the_oldest_visit_whose_page_is_gone_makes_room(size, own, ended):
    told, kept = [], {"other": _visit("other", "DISCONNECTED" if own else "CONNECTED", lambda _: told.append("other"))}

    def visit(number):
        def close(reason):
            assert reason == "cull"
            told.append(f"v{number}")
            del kept[f"v{number}"]

        return _visit(own or f"s{number}", "DISCONNECTED" if number in {2, 3} else "CONNECTED", close)

    kept |= {f"v{number}": visit(number) for number in range(size if own else size - 1)}

    async def begun():
        async with Visits(lambda: kept).opened("new", "mine") as has_room:
            return has_room

    assert asyncio.run(begun())
    assert told == ended


def test_a_socket_for_which_there_is_no_room_is_closed_before_it_is_opened(tmp_path):
    kept = {f"v{n}": _visit("abc") for n in range(MOST_OF_ONE)}
    headers = {"host": "127.0.0.1:8765", "origin": "http://127.0.0.1:8765"}

    def opened(**more):
        sent: list[Any] = []
        scope = {"type": "websocket", "path": "/jupyter/api/kernels/new/channels",
                 "headers": [(name.encode(), value.encode()) for name, value in (headers | more).items()]}  # fmt: skip

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        async def inner(scope, receive, send):
            await send("in")

        guard = Guard(inner, names_of("127.0.0.1"), tmp_path, visits=Visits(lambda: kept))
        asyncio.run(guard(scope, receive, send))
        return sent

    closed = [{"type": "websocket.close", "code": 1008}]
    assert opened(cookie="solara-session-id=abc") == closed
    assert opened(cookie="solara-session-id-lax=abc") == closed
    assert opened(cookie="solara-session-id-lax=abc; solara-session-id=other") == ["in"]
    assert opened() == ["in"]


def test_messages_visits_and_people_are_limited(monkeypatch):
    asked: dict[str, Any] = {}
    environment: dict[str, str] = {}
    uvicorn = SimpleNamespace(Config=lambda app, **given: asked.update(given, app=app), Server=lambda _: None)
    page = SimpleNamespace(app=_inner, assets=SimpleNamespace(proxy_cache_dir=Path()))
    known = {"uvicorn": uvicorn, "solara.server.starlette": page, "solara.server.settings": page}
    monkeypatch.setattr(serving, "importlib", SimpleNamespace(import_module=known.get))
    monkeypatch.setattr(serving, "_fetch_model", lambda: None)
    monkeypatch.setattr("os.environ", environment)
    serving._server("127.0.0.1")
    assert asked["ws_max_size"] == LARGEST_MESSAGE <= 2**18
    assert isinstance(asked["app"], Guard)
    assert asked["app"].visits.kept is serving._kept
    assert not asked["app"].any_number
    assert int(environment["SOLARA_KERNEL_MAX_COUNT"]) > MOST_VISITS
    assert SETTINGS["agents"].high == 20_000
    assert (SETTINGS["days"].high or 9_999) <= 366


# --- the command ------------------------------------------------------------------------------------------------------


def test_a_missing_extra_is_told_with_what_to_install(monkeypatch):
    monkeypatch.setattr(serving, "find_spec", lambda name: None if name == "solara_assets" else find_spec(name))
    with pytest.raises(InputError) as error:
        serving.serve("127.0.0.1", 0, browser=False)
    assert "solara-assets" in str(error.value)
    assert "pip install 'supportnet[app]'" in str(error.value)


def test_a_port_that_is_taken_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="another --port"):
            serving._bound("127.0.0.1", taken.getsockname()[1])


def test_the_parts_of_the_page_refer_to_nothing_outside():
    folder = Path(serving.__file__).parent
    parts = [*folder.rglob("*.vue"), *folder.rglob("*.css"), *folder.rglob("*.j2")]
    assert len(parts) == 7
    assert [path.name for path in parts if "://" in path.read_text(encoding="utf-8")] == []
