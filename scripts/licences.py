"""Write `docs/licences.md`: what every locked package says of its licence; `make licences`.

Packages of this system are asked where they are installed, those that only other systems need are fetched for a moment.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
PAGE = ROOT / "docs" / "licences.md"
OTHER_SYSTEMS = {"windows": "win32|nt", "macos": "darwin"}
"""Systems as uv calls them, and by which words in a marker of the lock they are known."""
SHORT = 80
LICENCE_WORDS = r"licen[cs]e|MIT|BSD|Apache|MPL|PSF|ISC"
HEAD = """\
# Licences

supportnet is under the MIT licence ([LICENSE](../LICENSE)). It contains no code of the packages below and asks for
them when it is installed; each is under a licence of its own. This is what the locked versions (`requirements.lock`,
with all extras and what tests and this site need) say of themselves; `make licences` writes it anew.

One of them is under the GPL, version 3: platypus-opt, which the EMA Workbench asks for. Nothing of supportnet calls it;
who installs neither the extra `ema` nor `dev` does not have it.

| package | version | licence |
|---|---|---|
"""


class Locked(NamedTuple):
    """A line of the lock.

    Args:
        name, version: of the package.
        marker: for which systems; empty for all.
    """

    name: str
    version: str
    marker: str


def locked() -> list[Locked]:
    """Every package of the lock."""
    lines = re.findall(r"^([a-z0-9.-]+)==([^\s;]+)(?: ; (.*?))? \\$", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return [Locked(*line) for line in lines]


def licence(package: Distribution) -> str:
    """What a package says of its licence: the expression, else its classifiers, else the first line of the text."""
    about = package.metadata
    words = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", []) if line.startswith("License :: ")]
    named = [word for word in words if word != "OSI Approved"]
    text = next(iter((about.get("License") or "").strip().splitlines()), "").strip()
    said = about.get("License-Expression") or "; ".join(named) or text
    return said if len(said) <= SHORT and re.search(LICENCE_WORDS, said, re.IGNORECASE) else "see the package"


def normal(name: str) -> str:
    """A name as the lock writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def by_name(path: list[str]) -> dict[str, Distribution]:
    """What is installed, by name."""
    return {normal(item.metadata["Name"]): item for item in distributions(path=path)}


def fetched(packages: list[Locked], system: str, folder: Path) -> dict[str, Distribution]:
    """Packages as they are for another system, in a folder of their own."""
    asked = [f"{item.name}=={item.version}" for item in packages]
    uv, options = str(Path(sys.executable).with_name("uv")), ["--quiet", "--no-deps", "--only-binary", ":all:"]
    target = ["--target", str(folder), "--python-platform", system]
    subprocess.run([uv, "pip", "install", *options, *target, *asked], check=True)
    return by_name([str(folder)])


def known(packages: list[Locked]) -> Iterator[dict[str, Distribution]]:
    """The packages of this system and, one after the other, those of others."""
    here = by_name(sys.path)
    yield here
    for system, words in OTHER_SYSTEMS.items():
        theirs = [item for item in packages if item.name not in here and re.search(words, item.marker)]
        with TemporaryDirectory() as folder:
            yield fetched(theirs, system, Path(folder)) if theirs else {}


def page() -> str:
    """The page."""
    packages = locked()
    licences: dict[str, str] = {}
    for found in known(packages):
        licences |= {item.name: licence(found[item.name]) for item in packages if item.name in found}
    rows = (f"| {item.name} | {item.version} | {licences[item.name]} |" for item in packages)
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
