import os
from functools import partial
from pathlib import Path

import pytest
import typer
from typer.core import TyperOption

from catsclean.cli.commands import Commands, _cast_path, _Command, command_names
from catsclean.errors import UsageError

HERE = Path(__file__)
WORDS = (
    None, "", "x", str(HERE), str(HERE.parent), str(HERE / "x"), "0", "7", "-3", "007", "1.5",
    "1.", ".5", "1e3", " 4", "1_0", "nan", "inf", "9" * 20, "0.1", "1", "2", "text", "auto",
)  # fmt: skip


@pytest.mark.parametrize(("name", "threads"), [("audit", "1"), ("train-baseline", None)])
def test_all_but_training_load_numpy_with_one_thread(name, threads, monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    command = _Command(name, callback=lambda: os.environ.get("OPENBLAS_NUM_THREADS"))
    assert command.main([], standalone_mode=False) == threads
    assert "OPENBLAS_NUM_THREADS" not in os.environ


@pytest.mark.parametrize("name", command_names())
def test_every_command_knows_its_name(name):
    assert Commands(name="catsclean").get_command(None, name).name == name


@pytest.mark.skipif(
    not hasattr(TyperOption, "get_runtime_param"), reason="this typer does not need it"
)
@pytest.mark.parametrize("name", command_names())
def test_values_become_what_typer_would_make_of_them(name):
    command = Commands(name="catsclean").get_command(None, name)
    context = command.make_context(name, [], resilient_parsing=True)
    for parameter in command.get_params(context):
        if not hasattr(parameter, "type_descriptor"):
            continue  # that of the help
        typers = type(parameter).get_runtime_param(parameter)
        kind = parameter.type_descriptor.annotation
        for word in WORDS:
            if word == "" and kind in {Path, list[Path]}:
                continue  # refused, where typer makes the working folder of it
            several = word is not None and (parameter.multiple or parameter.nargs == -1)
            value = (word, word) if several else word
            ours = _coerced(parameter.get_runtime_param(), value, parameter, context)
            theirs = _coerced(typers, value, parameter, context)
            assert (repr(ours), type(ours)) == (repr(theirs), type(theirs)), parameter.name


def _coerced(converter, value, parameter, context):
    try:
        return converter.coerce(value, parameter, context)
    except typer.BadParameter as error:
        return f"refused: {error.message}"


@pytest.mark.parametrize("value", ["", "https://example.org/pets.zip", ["Cat", "ftp://pets"]])
def test_a_path_is_checked_with_an_older_typer_too(value):
    cast = partial(_cast_path, lambda _, text: text)
    assert cast(None, "Cat") == "Cat"
    assert cast(None, None) is None
    with pytest.raises(UsageError, match="Received: "):
        cast(None, value)


@pytest.mark.parametrize("name", command_names())
def test_an_error_names_the_command_whose_help_explains_it(name, run):
    command = Commands(name="catsclean").get_command(None, name)
    for parameter in command.get_params(command.make_context(name, [], resilient_parsing=True)):
        if parameter.param_type_name != "option" or parameter.is_flag or parameter.count:
            continue
        option = max(parameter.opts, key=len)
        said = run(name, option).stderr
        assert said.endswith(f"requires an argument. Try: catsclean {name} --help\n"), said


@pytest.mark.parametrize(
    "arguments", [("report", "--map", "globe"), ("audit", ".", "--fail-on", "x")]
)
def test_a_refused_value_is_named_without_the_words_of_the_library(arguments, run):
    done = run(*arguments)
    assert done.returncode == 2
    assert f": '{arguments[-1]}' is not one of " in done.stderr
    assert "Value error" not in done.stderr
