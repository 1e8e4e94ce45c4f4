"""The package is laid out in the order of the data, and imports point back along it."""

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import catsclean
from catsclean.validators.registry import all_validators

PACKAGE = Path(catsclean.__file__).parent
# every folder may import from itself and from those above it; see ARCHITECTURE.md
LAYERS = (
    "errors",
    "core",
    "containers",
    "downloading",
    "objects",
    "images",
    "scan",
    "duplicates",
    "content",
    "validators",
    "auditing",
    "cleaning",
    "splitting",
    "training",
    "reports",
    "reviewing",
    "testing",
    "cli",
)
# an Audit writes its report and is reviewed in a notebook, and every value shows itself there, if
# they are asked to, with the packages that lie above them
EXCEPTIONS = {"catsclean.auditing.result", "catsclean.core.notebook_view"}
RENDERING = ("catsclean.reports", "catsclean.reviewing.notebook")
MOST_NAMES_AT_THE_TOP = 21
MOST_LATE_IMPORTS = 0.12
MOST_LINES_OF_A_FUNCTION = 60
# where a validator may be named beside its own files: examples that users read, the page of the rule
# about copies, and values that are spelled alike
NAMED = {
    "__init__.py": {"zero-length", "undecodable"},
    "auditing/audit.py": {"odd-size", "blurry", "unsupported-by-tensorflow"},
    "auditing/path_ignores.py": {"blurry"},
    "core/arguments.py": {"odd-size"},
    "core/evidence.py": {"undecodable", "truncated", "over-limit", "lfs-pointer", "unreadable"},
    "core/limits.py": {"over-limit"},
    "duplicates/canonical.py": {"near-duplicate"},
    "duplicates/find.py": {"near-duplicate"},
    "duplicates/pair_kinds.py": {"other-colour"},
    "duplicates/verification.py": {"other-colour"},
    "cli/clean_command.py": {"exact-duplicate"},
    "cli/explain_command.py": {"exact-duplicate"},
    "cli/fix_command.py": {"wrong-extension"},
    "cli/train_baseline_command.py": {"likely-mislabelled"},
    "reports/concise_format.py": {"zero-length"},
    "training/data.py": {"unreadable"},
}
TEMPLATES = "reports/html/templates"
SEVERAL_PLACES = {"__init__.py", "__main__.py"}


def modules() -> dict[str, Path]:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imports_of(path: Path, known: dict[str, Path]) -> set[str]:
    """The modules of the package that a file imports anywhere, also for annotations only."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("catsclean"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("catsclean.")}
    return found - {"catsclean"}


def graph() -> dict[str, set[str]]:
    """Which module imports which, without the named exceptions and the lists of public names."""
    known = modules()
    edges = {}
    for module, path in known.items():
        if module == "catsclean":
            continue
        edges[module] = {
            one
            for one in imports_of(path, known) - {module}
            if not (module in EXCEPTIONS and one.startswith(RENDERING))
        }
    return edges


def layer_of(module: str) -> int:
    folder = module.split(".")[1]
    return len(LAYERS) if folder == "__main__" else LAYERS.index(folder)


def test_imports_point_back_along_the_data():
    against = [
        f"{module} imports {one}"
        for module, imported in graph().items()
        for one in imported
        if layer_of(one) > layer_of(module)
    ]
    assert against == []


def test_no_modules_import_each_other_in_a_circle():
    edges = graph()
    while leaves := [module for module, imported in edges.items() if not imported & edges.keys()]:
        for module in leaves:
            del edges[module]
    assert sorted(edges) == []


def test_few_names_lie_at_the_top_of_the_package():
    names = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert len(names) <= MOST_NAMES_AT_THE_TOP


def test_nearly_all_imports_stand_at_the_top_of_their_file():
    late = total = 0
    for path in modules().values():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        every = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
        at_the_top = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
        total += len(every)
        late += len(every) - len(at_the_top)
    assert late <= MOST_LATE_IMPORTS * total


def test_no_function_is_longer_than_a_screen():
    long = []
    for module, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                # lists of options and docstrings may be as long as they need to be
                body = node.body[1:] if ast.get_docstring(node) else node.body
                if body and node.end_lineno - body[0].lineno + 1 > MOST_LINES_OF_A_FUNCTION:
                    long.append(f"{module}.{node.name}")
    assert long == []


def test_no_two_modules_have_the_same_file_name():
    names = Counter(path.name for path in modules().values() if path.name not in SEVERAL_PLACES)
    assert [name for name, number in names.items() if number > 1] == []


def test_no_class_name_has_two_meanings():
    names = Counter(
        node.name
        for path in modules().values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize("command", [["-c", "import catsclean"], ["-m", "catsclean", "--help"]])
def test_starting_loads_nothing_heavy(command):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not loaded & {
        "tensorflow",
        "pandas",
        "matplotlib",
        "pyarrow",
        "scipy",
        "numpy",
        "starlette",
        "uvicorn",
        "anywidget",
        "ipywidgets",
    }


def names_in(path: Path, validators: set[str]) -> set[str]:
    """The validators that the source of a file names; a page may name others, it is their docs."""
    text = path.read_text(encoding="utf-8")
    if path.parent.name == "validators":
        texts = [n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant)]
        # a docstring has spaces and a full stop
        text = "\n".join(f"{one!r}" for one in texts if not str(one).strip().endswith("."))
    found = set()
    for name in validators:
        # a name of one word may be a word
        pattern = rf"(?<![\w-]){name}(?![\w-])" if "-" in name else rf"""["'`]{name}["'`]"""
        if re.search(pattern, text):
            found.add(name)
    return found


def test_validator_names_appear_only_in_their_own_files():
    validators = {
        name for name, kind in all_validators().items() if kind.__module__.startswith("catsclean.")
    }
    sources = [path for path in modules().values() if "practice" not in path.parts]
    templates = [path for path in (PACKAGE / TEMPLATES).iterdir() if path.is_file()]
    found = {}
    for path in sources + templates:
        own = {path.stem.replace("_", "-")} if path.parent.name == "validators" else set()
        if named := names_in(path, validators) - own:
            found[path.relative_to(PACKAGE).as_posix()] = named
    assert found == NAMED


def test_every_public_name_can_be_reached():
    for name in catsclean.__all__:
        if name != "training":
            assert getattr(catsclean, name) is not None


def test_json_that_somebody_may_have_damaged_is_parsed_in_one_place():
    own = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules().values()
        if "json.loads(" in path.read_text(encoding="utf-8")
    }
    # what pip wrote, a constant of this package, and the bodies that the review refuses itself
    assert own <= {
        "core/parse_json.py", "core/install_command.py", "reviewing/server/json_text.py",
    }  # fmt: skip
