"""Take a mutant, or the measuring of coverage, into every Python process that a test starts.

On the search path of those processes only.  A worker cannot write files, so what it covered goes
through a socket that its process, or the server that forks it, opened before.
"""

import os
import sys

_WORKER_MODULE = "catsclean.scan.pool.worker_process"


def _import_mutant(path, number):
    from benchmarks.trust.mutant_import import install

    install(path, number)


def _report_coverage(address):
    import atexit

    from benchmarks.trust.coverage_reports import Reporter

    reporter = Reporter(address)
    reporter.start()
    reporter.report_from_forks()
    started = [argument for argument in sys.orig_argv if "multiprocessing" in argument]
    if started:
        reporter.report_after_each_task(_WORKER_MODULE)
    # a server ends only with the tests
    if not any("forkserver" in argument for argument in started):
        atexit.register(reporter.send)


if os.environ.get("TRUST_MUTANT"):
    _path, _, _number = os.environ["TRUST_MUTANT"].rpartition("#")
    _import_mutant(_path, int(_number))
if os.environ.get("TRUST_COVERAGE"):
    _report_coverage(os.environ["TRUST_COVERAGE"])
