"""Imports point one way, and starting costs next to nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import catsclean

PACKAGE = Path(catsclean.__file__).parent
# every module may import from layers above its own, and from its own
LAYERS = [
    [
        "arrow",
        "counting",
        "entry_points",
        "errors",
        "evidence",
        "model",
        "not_a_folder",
        "reading.links",
        "reading.names",
        "rows",
        "splits",
        "threads",
        "version",
    ],
    ["name_calls", "folders", "leftovers", "tracebacks"],
    ["state", "belonging"],
    ["reading", "duplicates", "arguments"],
    ["validators.base"],
    ["validators"],
    ["validators.registry"],
    ["scan"],
    ["csv_table", "saving"],
    ["same_audit", "manifest"],
    ["collecting", "judging", "path_ignores"],
    ["written"],
    ["open_questions", "own_columns", "kept", "given_splits", "leaks", "sidecar_files"],
    ["auditing", "baseline", "findings", "practice", "testing", "checking"],
    ["cleaning", "splitting"],
    ["training", "reports"],
    ["config"],
    ["cli"],
]
ALLOWED_BACKWARDS = {
    ("manifest", "reading"),
}


def layer_of(module: str) -> int:
    """The most specific layer that names the module."""
    names = sorted(
        ((name, level) for level, names in enumerate(LAYERS) for name in names),
        key=lambda pair: -len(pair[0]),
    )
    return next(level for name, level in names if module == name or module.startswith(name + "."))


def runtime_imports(path: Path) -> set[str]:
    """Modules of the package that a file imports, those for type checkers only left out."""
    found = set()
    pending = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("catsclean"):
            base = node.module.removeprefix("catsclean").lstrip(".")
            for alias in node.names:
                inner = f"{base}.{alias.name}".lstrip(".")
                place = PACKAGE / inner.replace(".", "/")
                found.add(inner if place.with_suffix(".py").exists() or place.is_dir() else base)
        pending.extend(ast.iter_child_nodes(node))
    return found - {"", "__version__"}


def test_imports_point_one_way():
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
        module = module.removesuffix(".__init__").replace("__main__", "cli")
        if module == "__init__":
            continue
        for imported in runtime_imports(path):
            if layer_of(imported) > layer_of(module):
                wrong.append(f"{module} imports {imported}")
    # an Audit renders itself, where it is asked to, with the reports above it
    permitted = {
        "auditing imports reports.html",
        "auditing imports reports.notebook",
    }
    assert set(wrong) - permitted == set()


@pytest.mark.parametrize("command", [["-c", "import catsclean"], ["-m", "catsclean", "--help"]])
def test_starting_loads_nothing_heavy(command):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not loaded & {"tensorflow", "pandas", "matplotlib", "pyarrow", "scipy", "numpy"}


def test_every_public_name_can_be_reached():
    for name in catsclean.__all__:
        if name != "training":
            assert getattr(catsclean, name) is not None
