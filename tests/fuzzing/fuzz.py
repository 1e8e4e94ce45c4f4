"""Fuzzes one target by coverage: ``python tests/fuzzing/fuzz.py TARGET [libFuzzer's options]``.

For example ``python tests/fuzzing/fuzz.py read_picture -max_total_time=1800 -seed=1``.  Needs
atheris (``pip install --group fuzz``).  It begins with the inputs of ``seeds.py``.  Interesting ones
are kept in a new folder below TMPDIR, unless a folder is named as the last argument.  Nothing there
is deleted; in memory it is faster.
"""

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["catsclean", "tomllib"]):
    from fuzzing import seeds
    from fuzzing.targets import TARGETS
TOKENS = Path(__file__).with_name("tokens.dict")


def main() -> None:
    """Run the fuzzer; it ends the process itself."""
    name, *options = sys.argv[1:] or [""]
    if name not in TARGETS:
        sys.exit(f"name one target: {', '.join(TARGETS)}")
    folder = tempfile.mkdtemp(prefix="corpus-")
    seeds.write(name, Path(folder))
    own = [sys.argv[0], f"-max_len={seeds.MOST_BYTES}", f"-dict={TOKENS}"]
    atheris.Setup([*own, *options, folder], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
