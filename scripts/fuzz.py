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
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SECONDS_OF_ONE, MEGABYTES, LONGEST = 20, 2048, 4096
READING = {
    "experiments.calibration.targets", "experiments.factor_checks", "experiments.point_tables", "experiments.problems",
    "experiments.shards", "experiments.store", "experiments.study_files", "experiments.study_parts",
    "experiments.weighted_samples", "experiments.yaml_files", "networkx.readwrite.gml", "networkx.readwrite.graphml",
    "ruamel.yaml.composer", "ruamel.yaml.constructor", "ruamel.yaml.parser", "ruamel.yaml.reader",
    "ruamel.yaml.resolver", "ruamel.yaml.scanner", "simulation.graph_files", "simulation.node_tables",
}  # fmt: skip
"""Modules whose branches are counted: those that read. What is compiled must stay as it is."""


def main() -> None:
    """Fuzz one reader."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("reader", metavar="READER", help="a name, or 'list'")
    words.add_argument("--seconds", type=int, default=60)
    words.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    given = words.parse_args()
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=sorted(READING), exclude=sorted(_others())):
        readers = importlib.import_module("tests.hostile.readers")
    if given.reader not in readers.READERS:
        print("\n".join(readers.READERS))
        sys.exit(0 if given.reader == "list" else 2)
    warnings.simplefilter("error")
    given.findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _fuzz(atheris, readers, given, Path(folder))


def _others() -> set[str]:
    """Every other module of the same packages."""
    found: set[str] = set()
    for package in {name.partition(".")[0] for name in READING}:
        described = find_spec(package)
        for place in (described.submodule_search_locations or ()) if described else ():
            files = [path.relative_to(Path(place).parent).with_suffix("") for path in Path(place).rglob("*.py")]
            found |= {".".join(file.parts).removesuffix(".__init__") for file in files}
    return found - READING


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
