"""Tables to take away: inside the page, so that they are there wherever the page is."""

import base64
from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from experiments.spreadsheets import csv_content, workbook_content

CSV, XLSX = "text/csv;charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
YAML = "application/yaml"


class Download(NamedTuple):
    """A file inside the page.

    Args:
        file: its name.
        what: what it holds.
        address: a `data:` address with its content.
        kilobytes: how large it is.
    """

    file: str
    what: str
    address: str
    kilobytes: int


def download(file: str, what: str, kind: str, content: bytes) -> Download:
    """A file inside the page."""
    address = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return Download(file, what, address, max(1, round(len(content) / 1024)))


def downloads(study: str, tables: Mapping[str, tuple[str, pl.DataFrame]], resolved: bytes) -> list[Download]:
    """All tables as one workbook and one by one, and the study with every value spelled out.

    Args:
        study: its name.
        tables: by name: what each is, and its rows.
        resolved: the content of `study.yaml`.
    """
    book = workbook_content({name: table for name, (_, table) in tables.items()})
    files = [download(f"{study}.xlsx", "all tables, one sheet each", XLSX, book)]
    files += [download(f"{study}-{name}.csv", what, CSV, csv_content(table)) for name, (what, table) in tables.items()]
    return [*files, download(f"{study}.yaml", "the study with every value spelled out", YAML, resolved)]
