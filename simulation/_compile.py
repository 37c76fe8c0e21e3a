"""The one place that knows how functions are compiled.

`compiled` is Numba's `njit` with our flags: no fast-math (golden runs must mean something), cached on disk. The
cache folder is named by a hash of every source of this package, because Numba does not notice that a cached
caller's callee in another file has changed; an edited rule therefore never meets stale machine code. It lies in
the user's cache directory, so a read-only or shared installation works.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numba
from platformdirs import user_cache_path


def _sources_hash() -> str:
    """Twelve hex digits that change whenever a source file with compiled functions changes."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        source = path.read_bytes()
        if b"compiled" in source:
            digest.update(source)
    return digest.hexdigest()[:12]


def _cache_folder() -> str:
    """Where compiled code is kept: the user's choice (`NUMBA_CACHE_DIR`), else a folder of our own."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    root = Path(chosen) if chosen else user_cache_path("supportnet") / "compiled"
    return str(root / _sources_hash())


_CACHE = _cache_folder()
config: Any = numba.config  # its settings are made at run time, so type checkers do not know them


def compiled[F: Callable[..., object]](function: F, *, parallel: bool = False) -> F:
    """Compile a function of numbers and arrays; same results as the plain Python it is written in.

    With `NUMBA_DISABLE_JIT=1` the function is returned as it is.
    """
    before = config.CACHE_DIR
    config.CACHE_DIR = _CACHE
    try:
        return cast(F, numba.njit(function, cache=True, parallel=parallel, fastmath=False, error_model="numpy"))
    finally:
        config.CACHE_DIR = before
