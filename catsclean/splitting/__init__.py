"""Split a manifest by group, and write the splits as labelled folders."""

from catsclean.splitting.linking import LinkMode
from catsclean.splitting.split import Split, split
from catsclean.splitting.write import WrittenSplit

__all__ = ["LinkMode", "Split", "WrittenSplit", "split"]
