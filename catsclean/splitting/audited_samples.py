"""Find the samples that a user wants to split, which may be those of a data set in a bucket."""

from __future__ import annotations

import os

from catsclean.core.bucket_address import is_address
from catsclean.core.links import Folders
from catsclean.core.manifest import Manifest, find_manifest, load_manifest
from catsclean.core.state import StateFolder
from catsclean.errors import UsageError
from catsclean.objects.bucket_state import open_bucket_of, open_data_set


def find_samples(
    data: object,
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
) -> tuple[Manifest, StateFolder | None]:
    """Find a manifest and its state folder as :func:`catsclean.core.manifest.find_manifest` does.

    Args:
        data: As there; or a state folder, or an address such as ``s3://bucket/PetImages``.
        state_dir: As there.
        follow_links_to: As there.

    Raises:
        DatasetError: As :func:`open_data_set`.
        UsageError: It is nothing that has samples, or it was never audited.
        ManifestError: The manifest is damaged.
        StateError: The last audit was cut short, or the state in the bucket cannot be read.
    """
    if isinstance(data, (str, os.PathLike)) and is_address(data):
        data = open_data_set(data, state_dir, follow_links_to)
    if not isinstance(data, StateFolder):
        return find_manifest(data, state_dir, follow_links_to)
    if not data.exists(data.manifest):
        raise UsageError(data.never_audited)
    if (in_bucket := open_bucket_of(data.root)) is not None:
        dataset = data.read_summary().get("dataset")
        containers = dataset.get("containers", ()) if isinstance(dataset, dict) else ()
        in_bucket.note_containers(map(str, containers))
    return load_manifest(data), data
