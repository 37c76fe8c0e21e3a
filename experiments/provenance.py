"""Where results come from: versions, the state of the code, the machine."""

import hashlib
import os
import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
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


def code_state() -> dict[str, str]:
    """Version, hash of the simulation, and the commit (with `-dirty` after local changes) where git knows it."""
    return {"version": version_of(PACKAGE), "simulation": sources_hash(), "commit": _commit()}


def _commit() -> str:
    """What git calls the state of the code."""
    if not (_ROOT / ".git").exists():
        return UNKNOWN
    command = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--tags"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return UNKNOWN
    return done.stdout.strip() or UNKNOWN


def versions() -> dict[str, str]:
    """Python and the packages that numbers depend on."""
    return {"python": platform.python_version(), **{name: version_of(name) for name in PACKAGES}}


def machine() -> dict[str, Any]:
    """System, processor and number of cores; nothing that names the machine or its user."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "byteorder": sys.byteorder,
    }
