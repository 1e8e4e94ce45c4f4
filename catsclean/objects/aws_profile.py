"""Let the profile of the AWS command line sign requests, if nothing in the environment does.

obstore knows the environment and the roles of machines, but not ``~/.aws``.  If botocore is
installed (s3fs, boto3 and the AWS command line bring it), its chain is asked for each request that
needs a new signature; nothing of it is kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

# variables with which obstore finds credentials by itself, or needs none
_ENOUGH: Final = (
    "AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)  # fmt: skip
# the chain is asked again after so long, in case the credentials expire
_ASK_AGAIN: Final = timedelta(minutes=10)


def profile_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what :class:`obstore.store.S3Store` needs to use a profile; empty if nothing.

    Args:
        environment: The variables of the environment.
    """
    if any(environment.get(name) for name in _ENOUGH) or not _has_profile(environment):
        return {}
    try:
        from botocore.session import Session
    except ImportError:
        return {}
    session: Any = Session()
    found = session.get_credentials()
    if found is None:
        return {}
    region = session.get_config_variable("region")
    known = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    settings: dict[str, Any] = {"credential_provider": _provider(found)}
    return settings if known or not region else {**settings, "region": region}


def _has_profile(environment: Mapping[str, str]) -> bool:
    named = (environment.get(n) for n in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"))
    usual = (f"{Path.home()}/.aws/{name}" for name in ("credentials", "config"))
    places = [*filter(None, named), *usual]
    return bool(environment.get("AWS_PROFILE")) or any(Path(place).is_file() for place in places)


def _provider(credentials: Any) -> Callable[[], dict[str, Any]]:
    def provide() -> dict[str, Any]:
        frozen = credentials.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + _ASK_AGAIN,
        }

    return provide
