"""List a bucket that has keys which obstore refuses, such as ``a//b.jpg``; fsspec lists them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from catsclean.core.bucket_address import Address
from catsclean.errors import DatasetError, MissingExtraError
from catsclean.objects.bucket_client import StoredObject

_NANOSECONDS: Final = 1_000_000_000
_DRIVERS: Final = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}


def list_hostile(address: Address, prefix: str) -> Iterator[StoredObject]:
    """Yield every object whose key begins with a prefix, whatever the key holds.

    Args:
        address: The bucket.
        prefix: Empty, or with a last slash.

    Raises:
        MissingExtraError: The driver of fsspec is not installed.
        DatasetError: The bucket cannot be listed.
    """
    try:
        import fsspec

        system = fsspec.filesystem(address.scheme, **_options(address.scheme))
    except ImportError:
        driver = _DRIVERS[address.scheme]
        raise MissingExtraError(
            f"a key in {address.shown()!r} is not a safe path (such as 'a//b.jpg'); listing it"
            f" needs {driver}. Install it with: pip install {driver}"
        ) from None
    pages = _s3_pages if address.scheme == "s3" else _other_pages
    try:
        yield from pages(system, address, prefix)
    except Exception as error:  # noqa: BLE001 - drivers raise many kinds, and may repeat secrets
        raise DatasetError(
            f"cannot list {address.shown()!r}: {_DRIVERS[address.scheme]} failed with a"
            f" {type(error).__name__}. Check with another client that it can be listed."
        ) from None


def _options(scheme: str) -> dict[str, Any]:
    """Return settings that obstore finds in the environment, but the driver does not."""
    options: dict[str, Any] = {"skip_instance_cache": True}
    if scheme == "s3":
        endpoint = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT")
        if endpoint:
            options["endpoint_url"] = endpoint
        options["anon"] = os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in {"1", "true", "on"}
    return options


def _s3_pages(system: Any, address: Address, prefix: str) -> Iterator[StoredObject]:
    more: dict[str, str] = {}
    while True:
        page = system.call_s3("list_objects_v2", Bucket=address.bucket, Prefix=prefix, **more)
        for item in page.get("Contents", ()):
            yield StoredObject(
                item["Key"], int(item["Size"]), item.get("ETag", ""), _ns(item["LastModified"])
            )
        if not page.get("IsTruncated"):
            return
        more = {"ContinuationToken": page["NextContinuationToken"]}


def _other_pages(system: Any, address: Address, prefix: str) -> Iterator[StoredObject]:
    found = system.find(f"{address.bucket}/{prefix}", detail=True, withdirs=False)
    start = len(address.bucket) + 1
    for name, item in found.items():
        when = item.get("updated") or item.get("last_modified") or item.get("mtime")
        etag = str(item.get("etag") or "")
        yield StoredObject(name[start:], int(item.get("size") or 0), etag, _ns(when))


def _ns(when: object) -> int:
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    return int(when.timestamp()) * _NANOSECONDS if isinstance(when, datetime) else 0
