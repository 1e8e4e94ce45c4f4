"""Set files aside, repair them and give them other labels: plan, journal, quarantine, undo."""

from catsclean.cleaning.cut_short import CutShort, journals_now
from catsclean.cleaning.decide_in_place import RecordedDecisions, count_decisions, record_decisions
from catsclean.cleaning.decisions_view import save_decisions
from catsclean.cleaning.journal import is_run
from catsclean.cleaning.log import cleaning_log, set_aside, without_record
from catsclean.cleaning.plan import CleaningPlan, plan_cleaning
from catsclean.cleaning.quarantine import interrupted_run, recover, undo
from catsclean.cleaning.relabelling import Relabelled
from catsclean.cleaning.repair_plan import Repaired, RepairPlan, plan_repairs
from catsclean.cleaning.results import (
    CleaningLog,
    CleaningResult,
    LoggedFile,
    Recovery,
    RunSummary,
    UndoResult,
)
from catsclean.cleaning.reviewed import was_reviewed
from catsclean.cleaning.selection import KeptBack, Move
from catsclean.cleaning.verify_quarantine import QuarantineCheck, verify_quarantine

__all__ = [
    "CleaningLog",
    "CleaningPlan",
    "CleaningResult",
    "CutShort",
    "KeptBack",
    "LoggedFile",
    "Move",
    "QuarantineCheck",
    "RecordedDecisions",
    "Recovery",
    "Relabelled",
    "RepairPlan",
    "Repaired",
    "RunSummary",
    "UndoResult",
    "cleaning_log",
    "count_decisions",
    "interrupted_run",
    "is_run",
    "journals_now",
    "plan_cleaning",
    "plan_repairs",
    "record_decisions",
    "recover",
    "save_decisions",
    "set_aside",
    "undo",
    "verify_quarantine",
    "was_reviewed",
    "without_record",
]
