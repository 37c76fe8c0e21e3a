"""What all tests share: where real networks lie, and how generated examples are drawn."""

import os
from pathlib import Path

from hypothesis import settings

_DATA_BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[2] / "shared" / "data"

if "SUPPORTNET_DATA" not in os.environ and _DATA_BESIDE_THE_REPOSITORY.is_dir():
    os.environ["SUPPORTNET_DATA"] = str(_DATA_BESIDE_THE_REPOSITORY)

# Compiling takes seconds, so a deadline per example would measure the compiler. The same examples on every run: a
# failure in one place can be repeated in another.
settings.register_profile("supportnet", deadline=None, derandomize=True, print_blob=True, database=None)
settings.load_profile("supportnet")
