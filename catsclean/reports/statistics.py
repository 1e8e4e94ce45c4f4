"""The number of findings by validator, most first, as text or JSON."""

from __future__ import annotations

import json

from catsclean.auditing.result import Audit
from catsclean.reports.tally import tally


def render_statistics(audit: Audit, *, as_json: bool = False) -> str:
    """Render a line for each validator: number of findings, name, severity, fix.

    Args:
        audit: What was found.
        as_json: Write a list of objects; else columns with tabs between the cells.
    """
    found = sorted(tally(audit), key=lambda one: (-one.count, one.validator))
    rows = [
        {
            "count": one.count,
            "validator": one.validator,
            "severity": one.severity.value,
            "fix": one.fix.value,
            "decided": one.decided,
        }
        for one in found
    ]
    if as_json:
        return json.dumps(rows, indent=1) + "\n"
    decided = {
        row["validator"]: f"\t{row['decided']} decided" * bool(row["decided"]) for row in rows
    }
    return "".join(
        f"{row['count']}\t{row['validator']}\t{row['severity']}\t{row['fix']}"
        f"{decided[row['validator']]}\n"
        for row in rows
    )
