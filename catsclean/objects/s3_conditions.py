"""Copy and delete objects of Amazon S3 under conditions that the server checks.

obstore cannot ask for these two, so botocore does; s3fs brings it.  It finds the credentials in the
same places: the environment, the profile, the role of the machine.  As there, nothing that a server
answers is ever shown.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any, Final

from catsclean.core.install_command import missing_extra

# a server that does not know a condition says so
_NOT_IMPLEMENTED: Final = 501
_CONNECTIONS: Final = 32
_TRUE: Final = frozenset({"1", "true", "on", "yes"})


class AnswerError(Exception):
    """A request failed.

    Attributes:
        status: The status that the server answered; 0: none.
        anonymous: There were no credentials.
    """

    def __init__(self, status: int = 0, *, anonymous: bool = False) -> None:
        """Take the facts."""
        super().__init__(status)
        self.status = status
        self.anonymous = anonymous


class ConditionalRequests:
    """Requests to one bucket; may be used from several threads."""

    def __init__(self, bucket: str, connect_s: float, stall_s: float, tries: int) -> None:
        """Make a client; nothing is requested yet.

        Args:
            bucket: Name of the bucket.
            connect_s: Seconds until a server must have taken the call.
            stall_s: Seconds that an answer may pause.
            tries: Number of times that a failed request is repeated.

        Raises:
            MissingExtraError: botocore is not installed.
        """
        try:
            self._client = _make_client(connect_s, stall_s, tries)
        except ImportError:
            raise missing_extra("moving objects of a bucket needs botocore", "cloud") from None
        self._bucket = bucket
        self._knows_conditions = True
        self._own = threading.local()
        # as headers: an older botocore has no parameters for the newest conditions
        self._client.meta.events.register("before-call.s3", self._add_conditions)

    def copy(self, key: str, etag: str, target: str) -> None:
        """Copy an object if it has this ETag, and no object has the new key.

        Raises:
            AnswerError: It was not copied, or nobody knows.
        """
        source = {"Bucket": self._bucket, "Key": key}
        conditions = {"x-amz-copy-source-if-match": etag, "If-None-Match": "*"}
        self._request("copy_object", {"Key": target, "CopySource": source}, conditions)

    def delete(self, key: str, etag: str) -> str:
        """Delete an object if it has this ETag.

        Returns:
            The version of the delete marker; empty if there are no versions.

        Raises:
            AnswerError: It was not deleted, or nobody knows.
        """
        answer = self._request("delete_object", {"Key": key}, {"If-Match": etag})
        return str(answer.get("VersionId") or "") if answer.get("DeleteMarker") else ""

    def _request(
        self, name: str, named: Mapping[str, Any], conditions: Mapping[str, str]
    ) -> dict[str, Any]:
        if self._knows_conditions:
            try:
                return self._send(name, named, conditions)
            except AnswerError as error:
                if error.status != _NOT_IMPLEMENTED:
                    raise
                self._knows_conditions = False
        return self._send(name, named, {})

    def _add_conditions(self, params: dict[str, Any], **_: Any) -> None:
        """Add the conditions of the request that this thread makes, before it is signed."""
        params["headers"].update(getattr(self._own, "conditions", {}))

    def _send(
        self, name: str, named: Mapping[str, Any], conditions: Mapping[str, str]
    ) -> dict[str, Any]:
        from botocore import exceptions as own

        self._own.conditions = conditions
        try:
            answer: dict[str, Any] = getattr(self._client, name)(Bucket=self._bucket, **named)
        except own.ClientError as error:
            facts: Any = error.response.get("ResponseMetadata") or {}
            status = facts.get("HTTPStatusCode")
            raise AnswerError(status if isinstance(status, int) else 0) from None
        except (own.NoCredentialsError, own.PartialCredentialsError, own.TokenRetrievalError):
            raise AnswerError(anonymous=True) from None
        except own.BotoCoreError:
            raise AnswerError from None
        finally:
            self._own.conditions = {}
        return answer


def _make_client(connect_s: float, stall_s: float, tries: int) -> Any:
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.session import Session

    unsigned = os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in _TRUE
    session: Any = Session()
    region = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    return session.create_client(
        "s3",
        region_name=region or "us-east-1",
        endpoint_url=os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT"),
        config=Config(
            connect_timeout=connect_s,
            read_timeout=stall_s,
            retries={"total_max_attempts": tries + 1, "mode": "standard"},
            max_pool_connections=_CONNECTIONS,
            signature_version=UNSIGNED if unsigned else None,
        ),
    )
