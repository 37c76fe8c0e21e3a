"""Tables for spreadsheets, as content of files: texts stay texts, whatever they look like."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl
import xlsxwriter

FORMULA = r"(?s)^[=+\-@\t\r\n\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]."
"""What spreadsheets take for a formula when they read a text; the last four are wide ones of East Asian scripts."""
AS_THEY_ARE = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": True,
}  # fmt: skip
_LONGEST_NAME = 31


def escaped(column: str) -> pl.Expr:
    """A column of texts of which none looks like a formula: such a one begins with an apostrophe."""
    text = pl.col(column)
    return pl.when(text.str.contains(FORMULA)).then("'" + text).otherwise(text).alias(column)


def flat(table: pl.DataFrame) -> pl.DataFrame:
    """A table without lists: their items stand side by side, parted by semicolons."""
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    return table.with_columns(pl.col(name).list.join("; ") for name in lists)


def csv_content(table: pl.DataFrame) -> bytes:
    """A table as a CSV file, UTF-8."""
    plain = flat(table)
    texts = [name for name, kind in plain.schema.items() if kind == pl.String]
    return plain.with_columns(escaped(name) for name in texts).write_csv().encode()


def workbook_content(tables: Mapping[str, pl.DataFrame]) -> bytes:
    """Tables as an XLSX file with a sheet for each; the same tables give the same bytes."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {**AS_THEY_ARE, "in_memory": True}) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        for name, table in tables.items():
            flat(table).write_excel(book, worksheet=name[:_LONGEST_NAME], autofit=True, float_precision=6)
    return buffer.getvalue()
