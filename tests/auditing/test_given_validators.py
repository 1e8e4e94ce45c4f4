"""Validators that are given to a call, from a notebook, a script or a module."""

import os
import re
import textwrap
from pathlib import Path

import pictures
import pytest

import catsclean
from catsclean import Fix, Severity, Validator
from catsclean.errors import ConfigError
from catsclean.reports import json_format, sarif_format

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-validator.md"


class Wide(Validator):
    """Finds wide pictures."""

    name = "wide"
    family = "pixels"
    severity = Severity.NOTE
    max_width_px: int = 100

    def judge(self, evidence):
        found = evidence.pictures()
        found = found[found["width_px"] > self.max_width_px]
        return self.findings(found, ["wide"] * len(found))


def make_inspecting(inspect):
    """Make a class as a notebook's cell does: no other process can import it."""

    class Corner(Validator):
        """Finds pictures by their first pixel."""

        name = "corner"
        family = "pixels"
        columns = {"corner_level": -1}  # noqa: RUF012 - as short as an author would write it

        def judge(self, evidence):
            rows = evidence.samples[evidence.samples["corner_level"] == 0]
            return self.findings(rows, ["black"] * len(rows))

    Corner.inspect = inspect
    return Corner


def corner_level(self, image):
    return {"corner_level": int(image.grey.getpixel((0, 0)))}


@pytest.fixture
def pets(tmp_path):
    root = pictures.make_dataset(tmp_path / "PetImages", {"Cat": 3, "Dog": 3})
    black = pictures.draw(1, (500, 300)).point(lambda _: 0)
    (root / "Cat/black.jpg").write_bytes(pictures.encode(black))
    (root / "Cat/empty.jpg").touch()
    return root


def audit(root, **settings):
    return catsclean.audit(root, workers=1, **settings)


def test_an_instance_runs_with_its_options_beside_the_default_validators(pets):
    counts = audit(pets, validators=[Wide(max_width_px=450)]).counts()
    assert (counts["wide"], counts["zero-length"]) == (1, 1)


def test_a_class_takes_its_options_from_the_call(pets):
    found = audit(pets, validators=[Wide], options={"wide": {"max_width_px": 450}})
    assert found.counts()["wide"] == 1


def test_selected_by_its_name_it_runs_alone(pets):
    assert audit(pets, select="wide", validators=[Wide]).counts() == {"wide": 7}


def test_ignored_it_does_not_run(pets):
    assert "wide" not in audit(pets, ignore="wide", validators=[Wide]).counts()


def test_an_instance_of_a_known_validator_takes_its_place(pets):
    from catsclean.validators.small_class import SmallClass

    counts = audit(pets, validators=[SmallClass(min_pictures=1)]).counts()
    assert "small-class" not in counts


def test_its_findings_are_reported_and_loaded_like_any(pets, tmp_path):
    made = audit(pets, validators=[Wide])
    made.save_html(tmp_path / "report.html")
    assert "wide" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '"wide"' in json_format.render(made)
    assert '"wide"' in sarif_format.render(made)
    assert catsclean.load_audit(pets).counts()["wide"] == 7


@pytest.mark.parametrize("select", [None, "wide", "all"])
def test_its_findings_can_be_cleaned_and_selected_by_its_name(pets, select):
    class Safe(Wide):
        fix = Fix.SAFE

    made = audit(pets, select="wide", validators=[Safe(max_width_px=450)])
    plan = catsclean.plan_cleaning(made, select=select)
    assert [move.path for move in plan.moves["wide"]] == ["Cat/black.jpg"]
    assert catsclean.plan_cleaning(pets, select=select).count == 1


def test_a_class_of_a_notebook_inspects_in_this_process(pets):
    found = audit(pets, validators=[make_inspecting(corner_level)])
    assert [f.path for f in found.findings if f.validator == "corner"] == ["Cat/black.jpg"]


def test_a_changed_cell_inspects_anew(pets):
    audit(pets, validators=[make_inspecting(lambda *_: {"corner_level": 1})])
    assert audit(pets, validators=[make_inspecting(corner_level)]).counts()["corner"] == 1


def test_without_it_the_cache_of_everything_else_stays_fresh(pets):
    audit(pets, validators=[make_inspecting(corner_level)])
    for path in pets.rglob("*.jpg"):
        os.utime(path, (1, 1))
    audit(pets)
    assert audit(pets, validators=[make_inspecting(corner_level)]).summary["files_read"] == 0


def test_what_an_inspection_in_this_process_raises_costs_one_finding(pets):
    def fail(self, image):
        raise RuntimeError("no corner")

    found = audit(pets, validators=[make_inspecting(fail)])
    [failed] = [f for f in found.findings if f.validator == "validator-failed"]
    line = fail.__code__.co_firstlineno + 1
    assert f"corner: RuntimeError: no corner (test_given_validators.py:{line})" in failed.message
    assert found.incomplete


def test_a_value_of_another_type_than_its_column_is_refused(pets):
    with pytest.raises(ConfigError, match="'corner' must return int"):
        audit(pets, validators=[make_inspecting(lambda *_: {"corner_level": "dark"})])


def test_progress_tells_of_the_inspection(pets):
    told = []
    audit(pets, validators=[make_inspecting(corner_level)], progress=told.append)
    assert (told[-1].stage, told[-1].counted) == ("inspecting", (7, 7, "files"))


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module of the user's, which workers can import."""
    (tmp_path / "my_checks.py").write_text(
        textwrap.dedent("""
            import os
            from catsclean import Validator

            class Abroad(Validator):
                "Finds where it runs."
                name = "abroad"
                family = "pixels"
                columns = {"process": 0}

                def inspect(self, image):
                    if image.path.endswith("black.jpg"):
                        os._exit(7)
                    return {"process": os.getpid()}

                def judge(self, evidence):
                    rows = evidence.samples[evidence.samples["process"] > 0]
                    return self.findings(rows, [str(number) for number in rows["process"]])
        """)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import my_checks

    return my_checks


def test_a_class_of_a_module_inspects_in_workers_and_a_death_costs_one_finding(pets, module):
    found = audit(pets, validators=[module.Abroad])
    processes = {f.message for f in found.findings if f.validator == "abroad"}
    assert processes
    assert str(os.getpid()) not in processes
    [failed] = [f for f in found.findings if f.validator == "validator-failed"]
    assert (failed.path, failed.message) == (
        "Cat/black.jpg",
        "abroad: its worker crashed (exit code 7)",
    )


def test_single_files_are_checked_too(pets):
    checked = catsclean.check_files([pets / "Cat/black.jpg"], root=pets, validators=[Wide()])
    assert checked.counts() == {"wide": 1}


def changed(**attributes):
    return type("Other", (Wide,), attributes)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("wide", "not a validator.*Received: 'wide'"),
        ([object()], "not a validator"),
        ([Validator], "not a validator"),
        ([Wide, Wide()], "given twice"),
        ([changed(name="truncated")], "two validators are named 'truncated'"),
        ([changed(name="two words")], "lower case with dashes"),
        ([changed(name="pixels")], "lower case with dashes"),
        ([changed(family="shapes")], "family of 'wide' must be one of"),
        ([changed(severity="error")], "catsclean.Severity"),
        ([changed(columns={"width_px": 0})], "'width_px', which belongs to 'catsclean'"),
    ],
)
def test_what_is_no_validator_is_refused(pets, given, message):
    with pytest.raises(ConfigError, match=message):
        audit(pets, validators=given)


def test_an_instance_that_options_are_given_for_too_is_refused(pets):
    with pytest.raises(ConfigError, match="set twice"):
        audit(pets, validators=[Wide()], options={"wide": {"max_width_px": 1}})


def test_a_class_where_names_are_wanted_is_refused_with_the_way_to_give_it(pets):
    with pytest.raises(ConfigError, match=r"validators=\[\.\.\.\]"):
        audit(pets, select=[Wide])


def test_the_example_of_the_page_runs_as_a_notebook_runs_it(pets, monkeypatch):
    monkeypatch.chdir(pets.parent)
    section = (
        PAGE.read_text(encoding="utf-8").partition("## In a notebook")[2].partition("\n## ")[0]
    )
    [example] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    cell = {"__name__": "__main__"}
    exec(compile(example, "cell", "exec"), cell)
    assert cell["audit"].counts()["wide"] == 1
