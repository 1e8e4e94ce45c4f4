"""The commands with which a person decides about what waits, the best one first."""

from __future__ import annotations

from catsclean.core.install_command import REVIEW_PACKAGES, install_command, is_installed
from catsclean.core.text import count


def hints_to_decide(arguments: str, files: int, *, in_bucket: bool) -> list[tuple[str, str]]:
    """Return commands, each with what it does; all of them work as this machine is set up.

    Args:
        arguments: The arguments that name the data set in a command.
        files: Number of files that wait for a decision.
        in_bucket: They lie in a bucket, which no review reads.
    """
    page = f"catsclean report {arguments} --open"
    review = f"catsclean review {arguments}"
    if in_bucket:
        return [(page, f"decide about {count(files, 'file')}")]
    if is_installed(REVIEW_PACKAGES):
        return [
            (review, f"decide about {count(files, 'file')}, one key a picture"),
            (page, "see all findings on one page, to send"),
        ]
    return [
        (page, f"decide about {count(files, 'file')}"),
        (install_command("review"), f"or decide with one key a picture: {review}"),
    ]
