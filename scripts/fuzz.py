"""Try a reader with bytes that coverage guides: `python scripts/fuzz.py READER --seconds N`.

Atheris (the extra `fuzz`) changes the files of `tests/hostile/corpus/READER` again and again, keeps what reaches new
branches, and stops at the first input for which reading ends in neither a valid object nor an error of three parts,
takes longer than 20 seconds or more than 2 GB. That input is left in the folder named with `--findings`. A finding that
was mended belongs into the corpus, which the default tests read, too.
"""

import argparse
import importlib
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SECONDS_OF_ONE, MEGABYTES, LONGEST = 20, 2048, 4096
PACKAGES = ["experiments", "simulation", "networkx", "ruamel", "csv", "gzip", "json"]
"""Packages whose branches are counted."""
READING = {"simulation.graph_files", "simulation.node_tables"}
"""Of the model's modules those that read; others hold loops that are compiled, which nobody may change."""


def main() -> None:
    """Fuzz one reader."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("reader", metavar="READER", help="a name, or 'list'")
    words.add_argument("--seconds", type=int, default=60)
    words.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    given = words.parse_args()
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=PACKAGES, exclude=sorted(_names_in("simulation") - READING)):
        readers = importlib.import_module("tests.hostile.readers")
    if given.reader not in readers.READERS:
        print("\n".join(readers.READERS))
        sys.exit(0 if given.reader == "list" else 2)
    warnings.simplefilter("error")
    given.findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _fuzz(atheris, readers, given, Path(folder))


def _names_in(package: str) -> set[str]:
    """Every module of a package, by its full name."""
    files = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / package).rglob("*.py")]
    return {".".join(file.parts).removesuffix(".__init__") for file in files}


def _fuzz(atheris: object, readers: object, given: argparse.Namespace, folder: Path) -> None:
    """Hand over to the fuzzer, which ends the process."""
    read = vars(readers)["READERS"][given.reader]
    inputs, grown = folder / "inputs", folder / "grown"
    for place in (inputs, grown):
        place.mkdir()
    seeds = vars(readers)["seeds_of"](given.reader)
    for seed in seeds:
        read(seed.read_bytes(), inputs)
    options = [
        f"-max_total_time={given.seconds}", f"-timeout={SECONDS_OF_ONE}", f"-rss_limit_mb={MEGABYTES}",
        f"-max_len={LONGEST}", f"-artifact_prefix={given.findings}/{given.reader}-", "-print_final_stats=1",
        str(grown), *([str(seeds[0].parent)] if seeds else []),
    ]  # fmt: skip
    fuzzer = vars(atheris)
    fuzzer["Setup"]([sys.argv[0], *options], lambda content: read(content, inputs))
    fuzzer["Fuzz"]()


if __name__ == "__main__":
    main()
