"""The bar of long calls, which notebooks show without being asked."""

import contextlib
import functools
import inspect
import io
import sys
import types

import pytest
from file_server import Behaviour, serving_files
from packed import make_tar
from pictures import make_dataset
from tqdm.auto import tqdm

import catsclean
from catsclean.auditing.result import Audit
from catsclean.cleaning import CleaningPlan, RepairPlan
from catsclean.core import progress_bar
from catsclean.core.progress_bar import in_notebook, showing_bar, with_bar
from catsclean.scan.scan import Progress
from catsclean.splitting import Split
from catsclean.training.fit import Step
from catsclean.training.run import TrainingProgress

CLASSES = (Audit, CleaningPlan, RepairPlan, Split)


def pretend(patch, config):
    shell = types.SimpleNamespace(config=config)
    patch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))


@contextlib.contextmanager
def a_notebook(*, at_once=True):
    """Be a notebook's kernel, as far as this package can tell."""
    with pytest.MonkeyPatch.context() as patch:
        pretend(patch, {"IPKernelApp": {}})
        if at_once:
            patch.setattr(progress_bar, "_HIDDEN_SECONDS", 0)
        yield


@with_bar("working", "things")
def work(number, progress=None):
    if progress is not None:
        progress(number, 10)
    return number


def test_a_script_and_a_terminal_of_ipython_are_no_notebooks(monkeypatch):
    assert not in_notebook()
    pretend(monkeypatch, {"TerminalIPythonApp": {}})
    assert not in_notebook()


def test_a_python_in_which_ipython_only_was_imported_is_no_notebook(monkeypatch):
    module = types.SimpleNamespace(get_ipython=lambda: None)
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert not in_notebook()


def test_a_script_shows_nothing(capsys, monkeypatch):
    monkeypatch.setattr(progress_bar, "_HIDDEN_SECONDS", 0)
    assert work(3) == 3
    assert capsys.readouterr() == ("", "")


def test_a_notebook_shows_a_bar_without_being_asked(capsys):
    with a_notebook():
        assert work(3) == 3
    shown = capsys.readouterr()
    assert "working" in shown.err
    assert "3/10" in shown.err
    assert shown.out == ""


def test_the_bar_is_gone_at_the_end(capsys):
    with a_notebook():
        work(3)
    assert capsys.readouterr().err.endswith("\r")


def test_what_is_done_within_a_second_shows_nothing(capsys):
    with a_notebook(at_once=False):
        work(3)
    assert capsys.readouterr().err == ""


def test_progress_of_the_callers_own_takes_the_place_of_the_bar(capsys):
    heard = []
    with a_notebook():
        work(3, progress=lambda *told: heard.append(told))
        work(4, lambda *told: heard.append(told))
    assert heard == [(3, 10), (4, 10)]
    assert capsys.readouterr().err == ""


def test_tqdm_can_be_told_to_show_none(capsys, monkeypatch):
    hidden = functools.partial(tqdm, disable=True)
    monkeypatch.setattr(progress_bar, "_tqdm", lambda: hidden)
    with a_notebook():
        assert work(3) == 3
    assert capsys.readouterr().err == ""


def test_an_error_closes_the_bar(capsys):
    @with_bar("failing")
    def fail(progress=None):
        progress(1, 2)
        raise ValueError("no")

    with a_notebook(), pytest.raises(ValueError, match="no"):
        fail()
    assert capsys.readouterr().err.endswith("\r")


def test_the_bar_follows_the_scan(capsys):
    with showing_bar() as progress:
        progress(Progress(3, 10, 30, 100))
        progress(Progress(10, 10, 100, 100))
    assert "10/10" in capsys.readouterr().err


def test_the_bar_follows_the_comparison(capsys):
    with showing_bar() as progress:
        progress(Progress(10, 10, 100, 100))
        progress(Progress(10, 10, 100, 100, "comparing", 2, 7))
        progress(Progress(10, 10, 100, 100, "comparing", 7, 7))
    shown = capsys.readouterr().err
    assert "comparing" in shown
    assert "7/7" in shown


def test_the_bar_has_a_text_of_its_own_while_files_are_read(capsys):
    with showing_bar("PetImages") as progress:
        progress(Progress(3, 10, 30, 100))
    shown = capsys.readouterr().err
    assert "PetImages" in shown
    assert "reading" not in shown


def test_the_bar_follows_a_training_run_over_its_folds(capsys):
    step = Step(2, 4, 5, 10, 0.5, 0.75)
    training = TrainingProgress("training", step=step, fold=2, folds=3)
    assert training.counted == (5.5, 12, "epochs")
    with showing_bar() as progress:
        progress(TrainingProgress("decoding", 20, 40))
        progress(training)
        progress(TrainingProgress("evaluating"))
    shown = capsys.readouterr().err
    assert "20/40" in shown
    assert "fold 2/3  epoch 2/4  loss 0.500  accuracy 0.750" in shown
    assert "/12" in shown
    assert "-" not in shown.replace("00:00<-", "")
    assert "evaluating" in shown


def long_calls():
    """The public functions and methods that take a callback for their progress."""
    for name in catsclean.__all__:
        value = getattr(catsclean, name)
        if inspect.isfunction(value):
            yield name, value
    for kind in CLASSES:
        for name, value in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_"):
                yield f"{kind.__name__}.{name}", value


SHOWN = {
    "audit": "reading", "check_files": None, "run_task": "reading", "make_practice": "drawing",
    "find_duplicates": "reading", "plan_repairs": "trying repairs", "undo": "restoring",
    "Audit.save_html": "drawing the report", "CleaningPlan.apply": "moving",
    "RepairPlan.apply": "repairing", "download": "downloading", "Split.write": "writing", "Split.write_shards": "writing",
    "verify": "reading",
    # these need TensorFlow
    "predict": None, "train_baseline": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [n for n, f in long_calls() if "progress" in inspect.signature(f).parameters]
)
def test_every_call_that_tells_its_progress_has_a_bar(name):
    assert name in SHOWN
    function = dict(long_calls())[name]
    wrappers = []
    while hasattr(function, "__wrapped__"):
        wrappers.append(function.__code__.co_qualname)
        function = function.__wrapped__
    assert "with_bar.<locals>.decorate.<locals>.call" in wrappers


@pytest.fixture(scope="module")
def bars(tmp_path_factory):
    """What each call draws in a notebook."""
    home = tmp_path_factory.mktemp("bars")
    root = make_dataset(home / "Pets", {"Cat": 5, "Dog": 5})
    (root / "Cat/0.jpg").rename(root / "Cat/0.png")
    drawn = {}

    def call(name, function, *arguments, **options):
        with contextlib.redirect_stderr(io.StringIO()) as shown:
            value = function(*arguments, **options)
        drawn[name] = shown.getvalue()
        return value

    with a_notebook():
        plan = catsclean.plan_audit(root)
        call("run_task", catsclean.run_task, plan, 0)
        (root / "Cat/new.jpg").write_bytes((root / "Cat/1.jpg").read_bytes())
        audit = call("audit", catsclean.audit, root, workers=1, content=False)
        call("Audit.save_html", audit.save_html, home / "report.html")
        call("find_duplicates", catsclean.find_duplicates, root)
        repairs = call("plan_repairs", catsclean.plan_repairs, audit)
        call("RepairPlan.apply", repairs.apply)
        call("undo", catsclean.undo, root)
        call("CleaningPlan.apply", catsclean.plan_cleaning(audit).apply)
        audit = catsclean.audit(root, workers=1, content=False)
        split = catsclean.split(audit, {"train": 0.5, "val": 0.5})
        call("Split.write", split.write, home / "folders")
        call("verify", catsclean.verify, home / "folders" / "manifest.parquet")
        call("Split.write_shards", split.write_shards, home / "shards")
        practice = home / "practice"
        call("make_practice", catsclean.make_practice, practice, count=2, defects=False)
        shard = make_tar(home / "a.tar", {"Cat/0.jpg": (root / "Cat/1.jpg").read_bytes()})
        with serving_files() as server:
            server.will(Behaviour(shard.read_bytes()))
            call("download", catsclean.download, server.url("b.tar"), home)
    return drawn


@pytest.mark.parametrize("name", sorted(name for name, text in SHOWN.items() if text))
def test_the_bar_says_what_is_done_and_how_much(bars, name):
    assert SHOWN[name] in bars[name]
    assert "/" in bars[name]
