"""The validator ``validator-failed``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import count
from catsclean.validators.base import Validator

_SHOWN = 20


class ValidatorFailed(Validator):
    """Find validators that raised an exception, so that their findings are missing.

    ## Why it matters

    A broken validator, usually from another package, does not affect the others: the audit
    continues. But it is incomplete and ends with exit code 3, because the findings of that
    validator are missing.

    ## Example

        .: validator-failed: watermark: ZeroDivisionError: float division (watermark.py:41) (on
        3 files, first Cat/1.jpg)

    ## What to do

    The finding names the file and line that raised; `catsclean audit --verbose` shows the whole
    traceback, which `audit.json` in the state folder stores as `validator_tracebacks`.  Upgrade or
    uninstall the package of the validator, or leave it out: `--ignore NAME`.  If it is
    one of catsclean's own, please report it.

    ## False alarms

    None.
    """

    name = "validator-failed"
    family = "file"
    severity = Severity.ERROR
    fix = Fix.NONE
    makes_incomplete = True
    not_examined = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Give one finding for each validator whose ``inspect`` raised, on however many files."""
        samples = evidence.rows
        rows = samples.where(samples["validator_failures"] != "")
        by_validator: dict[str, list[tuple[str, str]]] = {}
        for path, failures in zip(rows["path"], rows["validator_failures"], strict=True):
            for line in failures.split("\n"):
                by_validator.setdefault(line.partition(":")[0], []).append((path, line))
        for met in by_validator.values():
            path, line = met[0]
            if len(met) == 1:
                yield self.finding(path, line)
            else:
                related = [other for other, _ in met[:_SHOWN]]
                message = f"{line} (on {count(len(met), 'file')}, first {path})"
                yield self.finding(None, message, related=related)
