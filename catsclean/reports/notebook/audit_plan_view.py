"""The plan of an audit in a notebook: its tasks, and how many are done."""

from __future__ import annotations

from catsclean.core import names
from catsclean.core.text import count, human_bytes
from catsclean.reports.notebook.view_parts import Calls, CellView, Grid, Meter, ViewPart
from catsclean.scan.audit_plan import AuditPlan


def view(plan: AuditPlan) -> CellView:
    """Show a plan of an audit."""
    known = f"{count(plan.known, 'file')} known already"
    root = names.encode(plan.root.name)
    if plan.path is None:
        return CellView(root, ["nothing to read", known])
    done = plan.count_done()
    meter = Meter((("done", done / plan.tasks if plan.tasks else 1.0),))
    row = (plan.tasks, done, meter, plan.files, human_bytes(plan.bytes))
    columns = ("tasks", "done", "share", "files", "size")
    parts: list[ViewPart] = [
        Grid(columns, [row], numbers=frozenset({"tasks", "done", "files"})),
        Calls(
            [
                (
                    "catsclean.run_task(plan, 0)",
                    f"run one of {count(plan.tasks, 'task')}, from 0 on",
                ),
                ("catsclean.audit(plan.root)", "then judge all, with the same options"),
            ]
        ),
    ]
    facts = [count(plan.tasks, "task"), count(plan.files, "file") + " to read", known]
    return CellView(root, facts, parts)
