"""Requests are spaced, and fewer if the bucket asks for it."""

from catsclean.objects import pacing
from catsclean.objects.pacing import Pace


def test_requests_are_spaced(monkeypatch):
    now, slept = [100.0], []
    monkeypatch.setattr(pacing.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(pacing.time, "sleep", slept.append)
    pace = Pace(10)
    for _ in range(4):
        pace.wait()
    assert [round(one, 3) for one in slept] == [0.05, 0.15, 0.25]
    now[0] += 100  # a pause earns no more than the usual burst
    slept.clear()
    for _ in range(3):
        pace.wait()
    assert [round(one, 3) for one in slept] == [0.05, 0.15]


def test_a_refusal_halves_the_rate_and_successes_bring_it_back(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: now[0])
    pace = Pace(100)
    for _ in range(16):  # requests that were on their way together
        pace.slower()
    assert pace.a_second == 50
    for _ in range(100):
        pace.faster()
    assert pace.a_second == 100
    for _ in range(50):
        now[0] += 2
        pace.slower()
    assert pace.a_second == 4
