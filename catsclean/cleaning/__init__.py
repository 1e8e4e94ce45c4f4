"""Set files aside without loss: plan, journalled quarantine, undo."""

from catsclean.cleaning.journal import is_run
from catsclean.cleaning.log import cleaning_log, set_aside, without_record
from catsclean.cleaning.plan import CleaningPlan, plan_cleaning
from catsclean.cleaning.quarantine import interrupted_run, recover, undo
from catsclean.cleaning.results import CleaningResult, LoggedFile, Recovery, RunSummary, UndoResult
from catsclean.cleaning.selection import KeptBack, Move

__all__ = [
    "CleaningPlan",
    "CleaningResult",
    "KeptBack",
    "LoggedFile",
    "Move",
    "Recovery",
    "RunSummary",
    "UndoResult",
    "cleaning_log",
    "interrupted_run",
    "is_run",
    "plan_cleaning",
    "recover",
    "set_aside",
    "undo",
    "without_record",
]
