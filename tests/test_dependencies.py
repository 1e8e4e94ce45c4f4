"""docs/dependencies.md says of every dependency what pyproject.toml does, and why it is there."""

import ast
import importlib.util
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
PAGE = HERE / "docs" / "dependencies.md"
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))


def load_dev():
    spec = importlib.util.spec_from_file_location("dev", HERE / "dev.py")
    dev = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dev)
    return dev


def sections():
    """The requirements of pyproject.toml, by the heading of the page that they belong under."""
    groups = {
        "catsclean": PROJECT["project"]["dependencies"],
        "Build": PROJECT["build-system"]["requires"],
    }
    groups |= {f"Extra `{k}`": v for k, v in PROJECT["project"]["optional-dependencies"].items()}
    for name, entries in PROJECT["dependency-groups"].items():
        if own := [entry for entry in entries if isinstance(entry, str)]:
            groups[f"Group `{name}`"] = own
    return {
        heading: sorted(re.fullmatch(r"([\w.-]+(?:\[[\w-]+\])?)>=([\d.]+)(?:; .*)?", r).groups()
                        for r in requirements)
        for heading, requirements in groups.items()
    }  # fmt: skip


def page():
    """The rows of the page's tables, by heading: package, bound, what for, why this bound."""
    found = {}
    for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        heading, _, text = part.partition("\n")
        rows = [[cell.strip() for cell in line.strip("|").split("|")]
                for line in text.splitlines() if line.startswith("|")][2:]  # fmt: skip
        if rows:
            found[heading] = rows
    return found


def test_the_page_and_the_project_name_the_same_packages_and_bounds():
    listed = {heading: sorted((row[0], row[1]) for row in rows) for heading, rows in page().items()}
    assert listed == sections()


def test_every_dependency_has_its_reasons():
    for rows in page().values():
        for row in rows:
            assert len(row) == 4, row
            assert all(row), row


def test_the_lowest_versions_are_those_of_every_bound():
    dev = load_dev()
    pins = set(dev.lowest_versions(PROJECT))
    bounds = {
        f"{name.partition('[')[0]}=={bound}" for rows in sections().values() for name, bound in rows
    }
    assert pins == bounds


# what Colab's runtime had in February 2026 (github.com/googlecolab/backend-info), and what NumPy and
# SciPy it may move on to; nothing of it may be replaced
COLAB = {
    "filelock": ("3.24.3",), "jinja2": ("3.1.6",), "matplotlib": ("3.10.0",),
    "numpy": ("2.0.2", "2.1.3", "2.2.6", "2.3.5"), "opencv-python-headless": ("4.13.0.92",),
    "pandas": ("2.2.2",), "pillow": ("11.3.0",), "pyarrow": ("18.1.0",), "rich": ("13.9.4",),
    "scikit-learn": ("1.6.1",), "scipy": ("1.14.1", "1.16.3"), "tensorflow": ("2.19.0",),
    "ipywidgets": ("7.7.1",), "tqdm": ("4.67.1", "4.67.3"), "traitlets": ("5.7.1",), "typer": ("0.24.1",),
}  # fmt: skip


@pytest.mark.parametrize("name", COLAB)
@pytest.mark.parametrize(
    "heading",
    ["catsclean", "Extra `content`", "Extra `train`", "Extra `gpu`", "Extra `notebook`"],
)
def test_colab_keeps_its_versions(name, heading):
    requirements = pytest.importorskip("packaging.requirements")
    extras = PROJECT["project"]["optional-dependencies"]
    listed = PROJECT["project"]["dependencies"]
    if heading != "catsclean":
        listed = [*listed, *extras[heading.partition("`")[2].rstrip("`")]]
    for requirement in map(requirements.Requirement, listed):
        if requirement.name == name:
            for version in COLAB[name]:
                assert requirement.specifier.contains(version), f"{requirement} refuses {version}"


def test_no_dependency_has_an_upper_bound():
    requirements = pytest.importorskip("packaging.requirements")
    for listed in (
        PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values(),
    ):  # fmt: skip
        for requirement in map(requirements.Requirement, listed):
            assert {clause.operator for clause in requirement.specifier} == {">="}


def test_a_requirement_without_a_bound_is_refused():
    project = {"build-system": {"requires": ["hatchling"]}, "dependency-groups": {},
               "project": {"dependencies": [], "optional-dependencies": {}}}  # fmt: skip
    with pytest.raises(ValueError, match="without a lower bound"):
        load_dev().lowest_versions(project)


def test_the_package_imports_each_of_its_dependencies_and_no_other_package():
    imported = set()
    for path in (HERE / "catsclean").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module.partition(".")[0])
    distributions = packages_distributions()
    used = {
        name.lower().replace("_", "-")
        for module in imported
        for name in distributions.get(module, ())
    }
    needed = {name for name, _ in sections()["catsclean"]}
    extras = {
        "tensorflow", "tensorflow-cpu", "keras", "matplotlib", "opencv-python-headless", "scikit-learn",
        "pillow-heif", "onnx", "onnxruntime", "threadpoolctl", "ray", "obstore", "s3fs",
        "h11", "starlette", "uvicorn",
        "botocore", "fsspec",  # of s3fs
        "anywidget", "traitlets", "ipython",  # the last one of ipywidgets
    }  # fmt: skip
    assert used - extras - {"catsclean"} == needed
