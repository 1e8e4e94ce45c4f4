"""Which call of ``catsclean split`` fits an audited data set."""

from __future__ import annotations

from catsclean.auditing.result import Audit
from catsclean.core.split_names import usual_name
from catsclean.core.split_options import options_for


def split_folders(audit: Audit) -> list[str]:
    """Return the names of the split folders that have classes, sorted."""
    dataset = audit.dataset
    return sorted({*dataset.splits, *(path.partition("/")[0] for path in dataset.folders)})


def split_options(audit: Audit) -> tuple[str, str]:
    """Return the options that split a data set, and what they do.

    Held-out folders that exist are kept, but for leaks: others compare their scores on them.
    """
    splits = split_folders(audit) if audit.dataset.layout == "splits" else []
    leaking = {usual_name(name) for leak in audit.leaks for name in (leak.split, leak.other)}
    return options_for(splits, leaking)
