"""The site of the documentation, built as `make docs` builds it, into a folder of its own."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
}
"""Elements for which a browser fetches something, and where they say what."""


def built(folder: Path, *options: str) -> Path:
    """The folder of a new site; warnings are errors."""
    command = [
        sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-c", "docs", "-d", str(folder / "doctrees"),
        "-D", f"nb_execution_cache_path={folder / 'executed' / 'notebooks'}", *options, ".", str(folder / "html"),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    return folder / "html"


class References(HTMLParser):
    """What a page fetches when it is opened, and where its links lead."""

    def __init__(self, page: Path):
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        where = given.get(FETCHED.get(tag, "")) or ""
        self.fetched += [where] if where and not where.startswith("data:") else []
        self.fetched += [given["srcset"] or ""] if "srcset" in given else []
        self.links += [given["href"] or ""] if tag == "a" and given.get("href") else []


def target(page: Path, reference: str) -> Path | None:
    """The file to which a reference leads; None where it leads outside."""
    parts = urlsplit(reference)
    if parts.scheme or parts.netloc:
        return None
    return (page.parent / unquote(parts.path)).resolve() if parts.path else page
