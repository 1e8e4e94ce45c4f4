"""Evidence of a folder with its duplicates found, as an audit has it."""

from catsclean.duplicates.compare import here
from catsclean.duplicates.relate import relate
from catsclean.images.load import load_rgb
from catsclean.testing import gather_evidence


def related(root, *validators, **kwargs):
    """Read and relate every file below `root`."""
    return relate(
        gather_evidence(root, *validators, **kwargs),
        here(lambda path, side: load_rgb(root, path, max_side=side)),
    )


def found_by(validator, root, **kwargs):
    """Give what `validator` finds: path → message."""
    return {
        finding.path: finding.message
        for finding in validator.judge(related(root, validator, **kwargs))
    }


def digests_of(digests):
    """Give what finds the digests of the pictures in some positions."""
    return lambda at: [digests[position] for position in at.tolist()]
