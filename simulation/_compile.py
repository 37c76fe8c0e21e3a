"""The one place that knows how functions are compiled.

`compiled` is Numba's `njit` with our flags: no fast-math (golden runs must mean something), cached on disk. The
cache folder is named by a hash of every source of this package, because Numba does not notice that a cached
caller's callee in another file has changed; an edited rule therefore never meets stale machine code. It lies in
the user's cache directory, so a read-only or shared installation works; where that cannot be written either, in a
private folder among the temporary files.
"""

import hashlib
import os
import stat
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils as untyped_cgutils
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray
from platformdirs import user_cache_path


def _sources_hash() -> str:
    """Twelve hex digits that change whenever a source file with compiled functions changes."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        source = path.read_bytes()
        if b"_compile" in source:
            digest.update(source)
    return digest.hexdigest()[:12]


def _cache_folder() -> Path | None:
    """Where compiled code is kept: the user's choice (`NUMBA_CACHE_DIR`), else a folder of our own, else a private one.

    None, with a warning, where nothing can be written at all.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    usual = Path(chosen) if chosen else user_cache_path("supportnet") / "compiled"
    for place in (lambda: usual, _private_folder):
        root = place()
        if root is not None and _is_writable(root / _HASH):
            return root / _HASH
    warnings.warn(
        f"neither {usual} nor {tempfile.gettempdir()} can be written: compiled code is not kept, so every process "
        "compiles anew; NUMBA_CACHE_DIR names another folder",
        RuntimeWarning,
        stacklevel=2,
    )
    return None


def _private_folder() -> Path | None:
    """The user's own folder among the temporary files, made where it is not there; None where it cannot be private.

    Compiled code is loaded and run, so a folder in which somebody else may write is not used.
    """
    try:
        user = os.getuid()
        folder = Path(tempfile.gettempdir()) / f"supportnet-{user}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except (AttributeError, OSError):  # not every system numbers its users
        return None
    is_private = stat.S_ISDIR(found.st_mode) and found.st_uid == user and not found.st_mode & 0o077
    return folder if is_private else None


def _is_writable(folder: Path) -> bool:
    """Whether a file can be made in a folder, which is made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def is_compiled() -> bool:
    """Whether compiled code of these sources is at hand; False before the first run, which has to compile it."""
    return bool(config.DISABLE_JIT) or (_CACHE is not None and any(_CACHE.rglob("*.nbc")))


cgutils: Any = untyped_cgutils
_HASH = _sources_hash()
_CACHE = _cache_folder()
config: Any = numba.config  # its settings are made at run time, so type checkers do not know them


def compiled[F: Callable[..., object]](function: F) -> F:
    """Compile a function of numbers and arrays; same results as the plain Python it is written in.

    With `NUMBA_DISABLE_JIT=1` the function is returned as it is.
    """
    return _compile(function)


def kernel[F: Callable[..., object]](function: F) -> F:
    """Compile a loop over arrays that makes no array of its own.

    It is compiled without Numba's reference counts (`_nrt=False`): counting the dozens of arrays of a state at every
    call inside a loop costs several times the work itself (docs/decisions/0005). A kernel that made an array would be
    refused by the compiler.
    """
    return _compile(function, _nrt=False)


def inlined[F: Callable[..., object]](function: F) -> F:
    """A part of a kernel, compiled into every kernel that calls it."""
    return _compile(function, _nrt=False, forceinline=True)


def _compile[F: Callable[..., object]](function: F, **options: bool) -> F:
    """Compile with our flags and our cache."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_CACHE or before)
    try:
        settings: dict[str, Any] = {
            "cache": _CACHE is not None, "fastmath": False, "error_model": "numpy", "nogil": True, **options,
        }  # fmt: skip
        return cast(F, numba.njit(function, **settings))
    finally:
        config.CACHE_DIR = before


def fetch_ahead(array: NDArray[Any], index: int, offset: int) -> None:
    """Ask the processor for the cache line `offset` bytes behind the start of an entry of `array`; no other effect."""


def add_shared(array: NDArray[Any], index: int, amount: int) -> None:
    """Add to an entry of a one-dimensional array of int32 to which other threads may be adding, too."""
    array[index] += amount


def _place_of(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:  # noqa: ANN401
    """Code for the address of an entry."""
    made = context.make_array(array_type)(context, builder, array)
    return cgutils.get_item_pointer(context, builder, array_type, made, [index])


def _fetch_ahead(typing: Any, array: Any, index: Any, offset: Any) -> Any:  # noqa: ANN401
    """The prefetch instruction of the machine."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:  # noqa: ANN401
        place = _place_of(context, builder, signature.args[0], given[0], given[1])
        pointer, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        line = builder.gep(builder.bitcast(place, pointer), [given[2]])
        kind = ir.FunctionType(ir.VoidType(), [pointer, word, word, word])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(fetch, [line, word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), code


def _add_shared(typing: Any, array: Any, index: Any, amount: Any) -> Any:  # noqa: ANN401
    """The atomic addition of the machine; whole numbers, so the order of threads leaves no trace."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:  # noqa: ANN401
        place = _place_of(context, builder, signature.args[0], given[0], given[1])
        builder.atomic_rmw("add", place, given[2], "monotonic")
        return context.get_dummy_value()

    return types.void(array, types.intp, types.int32), code


if not config.DISABLE_JIT:
    fetch_ahead = cast(Any, intrinsic(_fetch_ahead))
    add_shared = cast(Any, intrinsic(_add_shared))
