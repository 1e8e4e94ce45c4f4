"""Set files aside without loss: plan, journalled quarantine, undo."""

from catsclean.cleaning.log import cleaning_log, without_record
from catsclean.cleaning.plan import CleaningPlan, plan_cleaning
from catsclean.cleaning.quarantine import recover, undo
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
    "plan_cleaning",
    "recover",
    "undo",
    "without_record",
]
