"""What settings say about validators is checked whether or not a command uses it."""

import pictures
import pytest

ANY_COMMAND = [
    ("audit", "set", "--select", "zero-length"),
    ("plan", "set"),
    ("check", "set/Cat/0.jpg", "--select", "zero-length"),
    ("config", "show"),
]


@pytest.fixture
def data(tmp_path):
    return pictures.make_dataset(tmp_path / "set", {"Cat": 1, "Dog": 1})


@pytest.mark.parametrize("command", ANY_COMMAND)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[validators.odd-size]\nmin_pictures = "x"',
            "validators.odd-size: odd-size.min_pictures must be a whole number, such as 10. R",
        ),
        (
            '[validators.odd-size]\nseverity = "bad"',
            "validators.odd-size: odd-size.severity must be one of note, warning, error. R",
        ),
        (
            'select = ["blury"]',
            "select: no validator or family is named 'blury'. Did you mean 'blurry'?",
        ),
        ('ignore = ["+blurry"]', "ignore: no validator or family is named '+blurry'."),
        ("[validators.some-plugin]", "validators.some-plugin: no validator or family is named"),
        (
            '[per-path-ignores]\n"raw/**" = ["blury"]',
            "per-path-ignores, 'raw/**': no validator or family is named 'blury'.",
        ),
        ('[per-path-ignores]\n"#" = ["blurry"]', "per-path-ignores: this pattern matches no path."),
        ('exclude = ["!"]', "exclude must hold .gitignore patterns"),
        ('sidecars = ["txt"]', "sidecars: a sidecar extension must start with a dot"),
    ],
)
def test_a_wrong_value_is_refused_with_the_file_that_has_it(
    run, data, tmp_path, command, text, said
):
    (tmp_path / "catsclean.toml").write_text(text)
    done = run(*command)
    assert done.returncode == 2
    assert f"'{tmp_path / 'catsclean.toml'}': {said}" in done.stderr
    assert not (tmp_path / "set.catsclean/audit.json").exists()


def test_a_variable_is_named(run, data, monkeypatch):
    monkeypatch.setenv("CATSCLEAN_SELECT", "+blury")
    done = run("config", "show")
    assert done.returncode == 2
    assert done.stderr.startswith("catsclean: CATSCLEAN_SELECT: no validator or family is named")


def test_what_is_right_is_taken(run, data, tmp_path):
    (tmp_path / "catsclean.toml").write_text(
        'select = ["+all", "file"]\nexclude = ["raw/"]\nsidecars = [".txt"]\n'
        '[per-path-ignores]\n"raw/**" = ["pixels"]\n[validators.odd-size]\nmax_ratio = 16\n'
    )
    assert run("config", "show").returncode == 0


def test_a_command_that_runs_no_validator_does_not_ask_for_them(run, data, tmp_path):
    (tmp_path / "catsclean.toml").write_text("[validators.some-plugin]")
    assert "some-plugin" not in run("log", "set").stderr
