"""Write what is expected of the golden runs in tests/golden anew.

    python scripts/regenerate_golden.py            all of them
    python scripts/regenerate_golden.py ring star  some of them

Both engines are run; where they disagree nothing is written. A file whose expectation moved is a change of numbers: it
needs a line NUMBERS CHANGE in the changelog.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))

from tests.golden import worlds  # noqa: E402 - the script runs from anywhere


def main() -> int:
    """Regenerate; the exit code is 1 where the engines disagree."""
    parser = argparse.ArgumentParser(description="Write the expectations of the golden runs anew.")
    parser.add_argument("names", nargs="*", help="which ones; all where none is named")
    names = set(parser.parse_args().names)
    files = [file for file in worlds.FILES if not names or file.stem in names]
    disagreeing = [file.stem for file in files if not regenerate(file)]
    if disagreeing:
        print(f"the engines disagree, nothing written: {', '.join(disagreeing)}")
    return 1 if disagreeing else 0


def regenerate(file: Path) -> bool:
    """Write one file anew; False where the engines disagree."""
    world = worlds.read(file)
    first, *others = [worlds.play(world, engine) for engine in worlds.ENGINES]
    if any(other != first for other in others):
        return False
    moved = world.get("expected") != first
    worlds.write(file, {**world, "expected": first})
    print(f"{file.stem}: {'moved: flag it in the changelog as NUMBERS CHANGE' if moved else 'as it was'}")
    return True


if __name__ == "__main__":
    sys.exit(main())
