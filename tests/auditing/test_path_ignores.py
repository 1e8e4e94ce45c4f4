"""A user ignores validators for some paths; the audit says how many findings that leaves out."""

import json

import pictures
import pytest

import catsclean
from catsclean.cli import run
from catsclean.cli.config import load_config
from catsclean.errors import ConfigError


@pytest.fixture
def pets(tmp_path, monkeypatch):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    for path in ("Cat/raw/1.jpg", "Dog/raw/2.jpg", "Cat/raw[1].jpg", "Dog/3.jpg"):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(b"")
    (root / "Cat/raw/4.jpg").write_bytes(pictures.encode(pictures.draw(7), "PNG"))
    monkeypatch.chdir(tmp_path)
    return root


def found(audit):
    return sorted(f"{f.path} {f.validator}" for f in audit.findings if f.path)


@pytest.mark.parametrize(
    ("rules", "gone"),
    [
        ({"raw/**": ["zero-length"]}, []),
        ({"**/raw/**": ["zero-length"]}, ["Cat/raw/1.jpg", "Dog/raw/2.jpg"]),
        ({"raw/": "zero-length"}, ["Cat/raw/1.jpg", "Dog/raw/2.jpg"]),
        ({"/Cat/raw": {"zero-length"}}, ["Cat/raw/1.jpg"]),
        ({"Cat/raw/*": ["file"]}, ["Cat/raw/1.jpg", "Cat/raw/4.jpg"]),
        ({"3.jpg": ["zero-length"], "2.*": ["all"]}, ["Dog/3.jpg", "Dog/raw/2.jpg"]),
        (
            {r"Cat/raw\[1\].jpg": ["zero-length", "wrong-extension"]},
            ["Cat/raw[1].jpg"],
        ),
        ({"Cat": ["blurry"]}, []),
    ],
)
def test_only_the_named_validators_are_ignored_and_only_there(pets, rules, gone):
    select = ["zero-length", "wrong-extension", "blurry"]
    everything = catsclean.audit(pets, select=select)
    audit = catsclean.audit(pets, select=select, per_path_ignores=rules)
    left = [entry for entry in found(everything) if entry.split()[0] not in gone]
    assert found(audit) == left
    assert audit.summary["ignored_by_path"] == len(gone)
    assert len(audit.manifest) == len(everything.manifest)


def test_a_file_whose_only_findings_are_ignored_is_kept_by_a_clean(pets):
    audit = catsclean.audit(pets, select="zero-length", per_path_ignores={"raw/": "zero-length"})
    moves = catsclean.plan_cleaning(audit).moves["zero-length"]
    assert sorted(move.path for move in moves) == ["Cat/raw[1].jpg", "Dog/3.jpg"]


def test_what_is_ignored_is_not_counted_as_a_property_of_the_set(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 8, "raw": 12})
    for path in (root / "raw").iterdir():
        path.write_bytes(pictures.encode(pictures.draw(int(path.stem)).convert("L"), "JPEG"))
    select = "grey-among-colour"
    rules = {"raw/": select}
    assert catsclean.audit(root, select=select, per_path_ignores=rules).findings == ()


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"raw/**": ["blury"]}, "Did you mean 'blurry'"),
        ({"raw/**": ["blurry", 3]}, "must have a list of validators"),
        ({"raw/**": None}, "must have a list of validators"),
        ({"raw/**": {"blurry": True}}, "must have a list of validators"),
        ({7: ["blurry"]}, "must hold .gitignore patterns"),
        ({"": ["blurry"]}, "matches no path"),
        ({"# raw": ["blurry"]}, "matches no path"),
        ({"!raw": ["blurry"]}, "matches no path"),
        (["raw/**"], "must be a table of patterns"),
        ("raw/**", "must be a table of patterns"),
        ({"raw": ["validator-failed"]}, "cannot be ignored"),
    ],
)
def test_wrong_rules_are_refused_in_one_line(pets, rules, why):
    with pytest.raises(ConfigError, match=why) as caught:
        catsclean.audit(pets, per_path_ignores=rules)
    assert "\n" not in str(caught.value)


def test_a_validator_of_the_call_can_be_ignored(pets):
    class Named(catsclean.Validator):
        """Finds everything."""

        name = "everything"
        family = "file"

        def judge(self, evidence):
            return self.findings(evidence.samples, ["here"] * len(evidence))

    options = {"validators": [Named], "select": "zero-length"}
    audit = catsclean.audit(pets, per_path_ignores={"Cat/": ["everything"]}, **options)
    paths = [f.path for f in audit.findings if f.validator == "everything"]
    assert paths
    assert all(path.startswith("Dog/") for path in paths)


def test_the_settings_hold_them_and_every_summary_counts_them(pets, capsys):
    settings = pets.parent / "catsclean.toml"
    settings.write_text('[per-path-ignores]\n"raw/" = ["zero-length"]\n"/Dog" = ["file"]\n')
    assert run(["audit", "Pets", "--select", "file", "--format", "concise"]) == 1
    out, err = capsys.readouterr()
    assert [line.partition(":")[0] for line in out.splitlines()] == [
        "Cat/raw[1].jpg",
        "Cat/raw/4.jpg",
    ]
    assert "3 findings ignored (per-path-ignores)." in err
    run(["audit", "Pets", "--select", "file", "--json"])
    assert json.loads(capsys.readouterr().out)["ignored_by_path"] == 3


def test_a_check_from_a_folder_above_ignores_the_same(pets, capsys):
    (pets.parent / "catsclean.toml").write_text('per-path-ignores = {"Cat/raw/**" = ["file"]}')
    assert run(["check", "Pets/Cat/raw/1.jpg", "Pets/Cat/raw/4.jpg"]) == 0
    assert run(["check", "Pets/Dog/raw/2.jpg"]) == 1
    assert "zero-length" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        "per-path-ignores = ['raw']",
        "per-path-ignores = 'raw'",
        "[per-path-ignores]\nraw = 'blurry'",
        "[per-path-ignores]\nraw = [1]",
    ],
)
def test_settings_of_another_type_are_refused(tmp_path, text):
    path = tmp_path / "catsclean.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="per-path-ignores"):
        load_config(path)


def test_an_unknown_name_in_the_settings_ends_with_2(pets, capsys):
    (pets.parent / "catsclean.toml").write_text('per-path-ignores = {"raw" = ["blury"]}')
    assert run(["audit", "Pets"]) == 2
    assert "Did you mean 'blurry'?" in capsys.readouterr().err
