"""Where results come from: versions, the state of the code, the machine."""

import hashlib
import os
import platform
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distributions, version
from pathlib import Path
from typing import Any

import simulation

PACKAGE = "supportnet"
PACKAGES = ("mesa", "numba", "numpy", "scipy", "networkx", "polars", "pydantic", "matplotlib")
UNKNOWN = "unknown"
_ROOT = Path(simulation.__file__).resolve().parents[1]


def version_of(package: str) -> str:
    """The installed version of a package, or the word unknown."""
    try:
        return version(package)
    except PackageNotFoundError:
        return UNKNOWN


@cache
def sources_hash() -> str:
    """12 hexadecimal digits of the text of the simulation: they change whenever numbers might."""
    digest = hashlib.sha256()
    folder = Path(simulation.__file__).resolve().parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


@cache
def code_version() -> str:
    """What the key of a run calls the code: the version of the package and the hash of the simulation."""
    return f"{version_of(PACKAGE)}+{sources_hash()}"


@cache
def code_state() -> dict[str, str]:
    """Version, hash of the simulation, and, where git knows it, the commit and the state of the tree.

    `commit` ends in `-dirty` after local changes; `changes` is then a hash of them, new files included: two equal ones
    are the same code.
    """
    return {"version": version_of(PACKAGE), "simulation": sources_hash(), "commit": _commit(), "changes": _changes()}


def _git(*words: str) -> bytes | None:
    """What git answers about the tree that this program lies in; None where there is none."""
    if not (_ROOT / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", "-C", str(_ROOT), *words], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _commit() -> str:
    """What git calls the state of the code."""
    found = _git("describe", "--always", "--dirty", "--tags")
    return found.decode().strip() if found else UNKNOWN


def _changes() -> str:
    """12 hexadecimal digits of what differs from the commit; empty when nothing does."""
    changed, names = _git("diff", "HEAD", "--binary"), _git("ls-files", "--others", "--exclude-standard", "-z")
    if changed is None or names is None:
        return UNKNOWN
    new = [path for name in sorted(names.split(b"\0")) if name and (path := _ROOT / os.fsdecode(name)).is_file()]
    if not changed and not new:
        return ""
    digest = hashlib.sha256(changed)
    for path in new:
        digest.update(os.fsencode(path.relative_to(_ROOT)) + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def versions() -> dict[str, str]:
    """Python and the packages that numbers depend on."""
    return {"python": platform.python_version(), **{name: version_of(name) for name in PACKAGES}}


@cache
def packages() -> dict[str, str]:
    """Every package that is installed, with its version."""
    found = dict(filter(None, map(_name_and_version, distributions())))
    return dict(sorted(found.items(), key=lambda pair: pair[0].lower()))


def _name_and_version(item: Distribution) -> tuple[str, str] | None:
    """What a package says it is, in the lines at the head of its metadata; None where it says nothing."""
    head = (item.read_text("METADATA") or item.read_text("PKG-INFO") or "").partition("\n\n")[0]
    said = dict(line.split(": ", 1) for line in head.splitlines() if line.startswith(("Name: ", "Version: ")))
    return (said["Name"], said["Version"]) if len(said) == 2 else None


def machine() -> dict[str, Any]:
    """System, processor, cores and memory; nothing that names the machine or its user."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "processor": platform.machine(),
        "model": _processor_model(),
        "cores": os.cpu_count(),
        "usable_cores": usable_cores(),
        "memory_gb": round(memory_mb() / 1024.0, 1),
        "byteorder": sys.byteorder,
    }


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_mb() -> float:
    """Memory of the machine, MB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024.0**2


def _processor_model() -> str:
    """What the processor calls itself, where the system says so."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), UNKNOWN)
    return platform.processor() or UNKNOWN
