"""What was found about each picture, and what ``fix`` can do about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from catsclean.auditing.result import Audit
from catsclean.auditing.saved_decisions import forbids_repair
from catsclean.cleaning.tried_repairs import read_refusals
from catsclean.core.model import Finding, Fix
from catsclean.validators.registry import only_repairs, repair_of


class PictureFindings:
    """The findings of an audit by picture.

    Attributes:
        can_repair: The pictures lie where ``fix`` can change files.
    """

    def __init__(self, audit: Audit) -> None:
        """Sort the findings."""
        self.can_repair = not audit.state.never_changed(audit.summary)
        self._by_path: dict[str, list[Finding]] = {}
        for finding in audit.findings:
            if finding.path is not None:
                self._by_path.setdefault(finding.path, []).append(finding)
        refused = read_refusals(audit.state)
        now = audit.manifest.lists(["path", "sha256"], {path for path, _ in refused})
        rows = zip(now["path"], now["sha256"], strict=True)
        self._cannot_repair = {path for path, sha256 in rows if (path, sha256) in refused}

    def about(self, path: str) -> Sequence[Finding]:
        """Return the findings about a picture."""
        return self._by_path.get(path, ())

    def notes(self, path: str, said: Collection[str] = ()) -> tuple[str, ...]:
        """Return what was found about a picture, but for what some validators said."""
        return tuple(
            f"{one.validator}: {one.message}"
            for one in self.about(path)
            if one.validator not in said
        )

    def wants_action(self, path: str) -> bool:
        """Return whether something is to be done about a picture."""
        return bool(self._to_do(path))

    def is_repairable(self, path: str) -> bool:
        """Return whether ``fix`` may repair all for which something is to be done."""
        return self._may_repair(path) and only_repairs(self._to_do(path))

    def has_repair(self, path: str) -> bool:
        """Return whether ``fix`` may repair something, if a person wants to keep the picture."""
        found = self.about(path)
        return (
            self._may_repair(path)
            and any(repair_of(one.validator) for one in found)
            and not any(map(forbids_repair, found))
        )

    def _may_repair(self, path: str) -> bool:
        return self.can_repair and path not in self._cannot_repair

    def _to_do(self, path: str) -> list[str]:
        return [one.validator for one in self.about(path) if one.fix is not Fix.NONE]
