"""The linter for image folders: audit, clean without loss, split without leaks, train.

>>> import catsclean
>>> audit = catsclean.audit("PetImages")            # doctest: +SKIP
>>> audit.counts()                                  # doctest: +SKIP
{'zero-length': 2, 'undecodable': 3}

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catsclean.core.version import __version__ as __version__

if TYPE_CHECKING:
    from catsclean import errors as errors
    from catsclean import training as training
    from catsclean.auditing.audit import audit as audit
    from catsclean.auditing.audit_tasks import plan_audit as plan_audit
    from catsclean.auditing.audit_tasks import run_task as run_task
    from catsclean.auditing.check import check_files as check_files
    from catsclean.auditing.result import Audit as Audit
    from catsclean.auditing.save import load_audit as load_audit
    from catsclean.auditing.verify_files import verify as verify
    from catsclean.cleaning import CleaningPlan as CleaningPlan
    from catsclean.cleaning import RepairPlan as RepairPlan
    from catsclean.cleaning import cleaning_log as cleaning_log
    from catsclean.cleaning import plan_cleaning as plan_cleaning
    from catsclean.cleaning import plan_repairs as plan_repairs
    from catsclean.cleaning import record_decisions as record_decisions
    from catsclean.cleaning import undo as undo
    from catsclean.cli.settings_in_force import find_settings as find_settings
    from catsclean.core.limits import Limits as Limits
    from catsclean.core.manifest import Manifest as Manifest
    from catsclean.core.model import Finding as Finding
    from catsclean.core.model import Fix as Fix
    from catsclean.core.model import Severity as Severity
    from catsclean.downloading.download import download as download
    from catsclean.duplicates.find import find_duplicates as find_duplicates
    from catsclean.errors import CatscleanError as CatscleanError
    from catsclean.reports.json_schemas import json_schema as json_schema
    from catsclean.reviewing.serve import review as review
    from catsclean.scan.audit_plan import AuditPlan as AuditPlan
    from catsclean.splitting.split import split as split
    from catsclean.testing.practice import make_practice as make_practice
    from catsclean.training import feature_maps as feature_maps
    from catsclean.training import predict as predict
    from catsclean.training import train_baseline as train_baseline
    from catsclean.validators.base import Validator as Validator

# public name → module that holds it
_HOMES = {
    "Audit": "catsclean.auditing.result",
    "AuditPlan": "catsclean.scan.audit_plan",
    "CatscleanError": "catsclean.errors",
    "CleaningPlan": "catsclean.cleaning",
    "Finding": "catsclean.core.model",
    "Fix": "catsclean.core.model",
    "Limits": "catsclean.core.limits",
    "Manifest": "catsclean.core.manifest",
    "RepairPlan": "catsclean.cleaning",
    "Severity": "catsclean.core.model",
    "Validator": "catsclean.validators.base",
    "audit": "catsclean.auditing.audit",
    "check_files": "catsclean.auditing.check",
    "cleaning_log": "catsclean.cleaning",
    "find_duplicates": "catsclean.duplicates.find",
    "find_settings": "catsclean.cli.settings_in_force",
    "json_schema": "catsclean.reports.json_schemas",
    "load_audit": "catsclean.auditing.save",
    "download": "catsclean.downloading.download",
    "feature_maps": "catsclean.training.activations",
    "make_practice": "catsclean.testing.practice",
    "plan_audit": "catsclean.auditing.audit_tasks",
    "plan_cleaning": "catsclean.cleaning",
    "plan_repairs": "catsclean.cleaning",
    "predict": "catsclean.training.prediction",
    "record_decisions": "catsclean.cleaning",
    "review": "catsclean.reviewing.serve",
    "run_task": "catsclean.auditing.audit_tasks",
    "split": "catsclean.splitting.split",
    "train_baseline": "catsclean.training.train",
    "undo": "catsclean.cleaning",
    "verify": "catsclean.auditing.verify_files",
}
_MODULES = ("errors", "training")
__all__ = ["__version__", *_MODULES, *_HOMES]  # noqa: PLE0604 - the keys are text


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"catsclean.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'catsclean' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    # the function takes the place of the submodule of the same name, for good
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
