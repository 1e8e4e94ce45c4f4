import os

from catsclean.core import threads


def test_libraries_are_told_of_one_thread_and_then_no_more(monkeypatch):
    for name in threads.EVERY:
        monkeypatch.delenv(name, raising=False)
    with threads.one_thread():
        assert {os.environ[name] for name in threads.EVERY} == {"1"}
    assert not os.environ.keys() & set(threads.EVERY)


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    with threads.one_thread(threads.OPENBLAS):
        assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
