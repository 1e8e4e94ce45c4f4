"""Split a manifest by group, and write the splits as labelled folders."""

from catsclean.splitting.class_counts import describe_left_over, read_count
from catsclean.splitting.forget import forget_split
from catsclean.splitting.group_column import read_column
from catsclean.splitting.linking import LinkMode
from catsclean.splitting.name_groups import BY_NAME
from catsclean.splitting.sample_groups import LEVELS
from catsclean.splitting.shares import fold_classes
from catsclean.splitting.split import Split, split
from catsclean.splitting.written_split import WrittenSplit

__all__ = [
    "BY_NAME",
    "LEVELS",
    "LinkMode",
    "Split",
    "WrittenSplit",
    "describe_left_over",
    "fold_classes",
    "forget_split",
    "read_column",
    "read_count",
    "split",
]
