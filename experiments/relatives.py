"""Earlier results of a study that has changed since: runs that are the same are taken over, not done again.

Results lie in `results/<study>/<hash of the study>`, so a study with more replicates or another arm has a folder of its
own. A run's key says everything about it, so runs of the folders beside it that have a wanted key are wanted runs. They
are copied when a sweep begins in a new folder; the older folder stays as it is.
"""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from experiments.store import Keys, Store, among, as_numbers
from simulation import InputError


def relatives_of(store: Store, study: str) -> tuple[Store, ...]:
    """Folders beside that of a store with results of a study of the same name; none once the store has its own."""
    if store.manifest() or not store.folder.parent.is_dir():
        return ()
    beside = (Store(path) for path in sorted(store.folder.parent.iterdir()) if path.is_dir() and path != store.folder)
    return tuple(other for other in beside if _study_of(other) == study)


def _study_of(store: Store) -> str:
    """The name of the study whose results a folder holds; empty when that cannot be said."""
    try:
        return str(store.manifest().get("study", ""))
    except InputError:
        return ""


def keys_of(stores: Sequence[Store]) -> Keys:
    """Keys of the runs that came to an end in any of several stores, sorted."""
    return np.unique(np.concatenate([np.zeros(0, np.uint64), *(store.inventory().done for store in stores)]))


def take_over(into: Store, others: Sequence[Store], wanted: Keys) -> int:
    """Copy runs that came to an end; returns how many.

    Args:
        into: where they are wanted.
        others: where they may be.
        wanted: keys of the runs that are wanted, sorted.

    Raises:
        OSError: they cannot be written.
    """
    missing = wanted[~among(wanted, into.inventory().done)]
    before = len(missing)
    for other in others:
        for shard in other.whole_shards():
            runs = shard.runs(["run", "status"])
            keys = as_numbers(runs["run"].to_list())
            chosen = among(keys, missing) & (runs["status"] == "done").to_numpy()
            with suppress(FileNotFoundError):  # a sweep at work there has merged it away: its runs are done anew
                if chosen.any():
                    into.copy(shard, chosen)
                    missing = missing[~np.isin(missing, keys[chosen])]
    return before - len(missing)
