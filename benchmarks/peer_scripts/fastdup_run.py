"""Analyse a folder with fastdup on one thread, its reports home turned off."""

import os
import sys
import tempfile

if os.environ.get("SENTRY_OPT_OUT") != "1":
    sys.exit("set SENTRY_OPT_OUT=1: fastdup reports home otherwise")

import fastdup

with tempfile.TemporaryDirectory() as work:
    fastdup.create(work_dir=work, input_dir=sys.argv[1]).run(overwrite=True, num_threads=1)
