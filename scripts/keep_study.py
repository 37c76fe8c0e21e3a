"""Keep of the finished main study what the documentation discusses, under results/reference.

    python scripts/keep_study.py results/hashtag-moderation-stigma/HASH

Differences and means of nine outcomes, the resolved study, the manifest and the report; `scripts/reference_results.py`
writes a page from them. Where a sensitivity analysis of the study is kept beside them, in `sensitivity`, the report
says what it found.
"""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from experiments import compare
from experiments.report import render
from experiments.report.page import SENSITIVITY
from experiments.store import MANIFEST, STUDY
from scripts.page_parts import REFERENCE

OUTCOMES = (
    "support_reach_7d", "supported_within_24h", "never_reached", "normalization", "adoption", "struggle_posts",
    "harm_exposure", "help_seeking", "prevalence",
)  # fmt: skip
DIFFERENCES = (
    "scenario", "outcome", "unit", "direction", "arm", "baseline", "replicates", "mean_baseline", "mean_arm",
    "difference", "lower", "upper", "method", "share_better", "chance_best", "p_adjusted", "verdict", "pairing_factor",
)  # fmt: skip
MEANS = ("scenario", "outcome", "unit", "arm", "replicates", "mean", "lower", "upper")
DIGITS = 6


def main(folder: Path) -> None:
    """Write what is kept of the results in a folder."""
    found = compare(folder, OUTCOMES)
    target = REFERENCE / found.source.study.study
    target.mkdir(parents=True, exist_ok=True)
    found.table.select(DIFFERENCES).write_csv(target / "differences.csv", float_precision=DIGITS)
    found.arm_means.select(MEANS).write_csv(target / "means.csv", float_precision=DIGITS)
    for name in (STUDY, MANIFEST):
        shutil.copyfile(folder / name, target / name)
    kept = target / SENSITIVITY
    page = render(folder, kept if kept.is_dir() else None)
    (target / "report.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
