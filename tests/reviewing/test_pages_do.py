"""Clean, undo and split from the page: counts first, and nothing without a confirmation."""

from review_pages import questions_of, waiting


def files_of(folder):
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}


def sat_down(sit_down, server):
    desk = sit_down(server, "#/do")
    desk.page.wait_for_selector(".doing")
    return desk


def test_a_clean_is_counted_confirmed_done_and_undone(at_work, sit_down, data_set):
    review, server = at_work
    before = files_of(data_set)
    desk = sat_down(sit_down, server)
    moves = int(desk.page.inner_text(".tile.error dd"))
    assert moves > 0
    desk.page.locator(".doing .main").click()
    desk.wait_for("dialog[open]", f"{moves} files move to")
    desk.press("Escape")
    assert files_of(data_set) == before
    desk.page.locator(".doing .main").click()
    desk.page.locator("dialog[open] .main").click()
    desk.wait_for(".outcome.good", f"{moves} files moved to quarantine")
    assert len(files_of(data_set)) == len(before) - moves
    desk.page.get_by_role("button", name="Undo the last clean").click()
    desk.page.locator("dialog[open] .main").click()
    desk.wait_for(".outcome.good", f"{moves} files restored")
    assert files_of(data_set) == before
    assert len(waiting(review)) == desk.page.locator("#rail > a").count()


def test_a_split_is_written_beside_the_data_set(at_work, sit_down, data_set):
    _, server = at_work
    desk = sat_down(sit_down, server)
    desk.page.get_by_label("Validation, %").fill("20")
    desk.page.get_by_label("Name of the new folder").fill("parts")
    desk.page.get_by_role("button", name="Split…").click()
    desk.wait_for("dialog[open]", "20 % for validation")
    desk.page.locator("dialog[open] .main").click()
    desk.wait_for(".outcome.good", "Wrote parts")
    assert (data_set.with_name("parts") / "val").is_dir()


def test_the_name_of_a_new_split_is_free(at_work, sit_down, data_set):
    _, server = at_work
    data_set.with_name(f"{data_set.name}-split").mkdir()
    desk = sat_down(sit_down, server)
    name = desk.page.get_by_label("Name of the new folder")
    assert name.input_value() == f"{data_set.name}-split-2"
    name.fill(f"{data_set.name}-split")
    desk.page.get_by_role("button", name="Split…").click()
    desk.page.locator("dialog[open] .main").click()
    desk.wait_for("[role=status], [role=alert]", "choose another name")


def test_a_name_that_cannot_be_is_refused_in_words(at_work, sit_down, data_set):
    _, server = at_work
    desk = sat_down(sit_down, server)
    desk.page.get_by_label("Name of the new folder").fill("../elsewhere")
    split = desk.page.get_by_role("button", name="Split…")
    split.click()
    desk.wait_for(".doing .fault", "without slashes")
    desk.page.get_by_label("Name of the new folder").fill("elsewhere")
    desk.page.get_by_label("Validation, %").fill("60")
    desk.page.get_by_label("Test, %").fill("40")
    split.click()
    desk.wait_for(".doing .fault", "Together the shares must be below 100")
    assert desk.page.locator("dialog[open]").count() == 0
    assert not (data_set.parent.parent / "elsewhere").exists()


def test_where_nothing_is_ever_moved_decisions_are_recorded(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server)
    plan = {"id": "x", "recorded": True, "left_out": 2, "keeps": 1, "relabels": 1,
            "files": [{"path": "a.jpg", "why": "decision"}],
            "relabelled": [{"path": "b.jpg", "label": "Dog"}], "refused": []}  # fmt: skip
    desk.page.route("**/api/plan", lambda route: route.fulfill(json=plan))
    desk.go("#/do")
    desk.wait_for(".tile", "left out of splits")
    assert desk.page.inner_text(".doing .main") == "Record 4 decisions"
    assert desk.complaints == []


def test_refused_files_stand_apart_from_what_was_done(at_work, sit_down):
    _, server = at_work
    job = {"name": "clean", "running": False, "done": 0, "total": 0, "failed": False,
           "said": ["3 files moved to quarantine.", "Cat/1.jpg stays: it has changed."]}  # fmt: skip
    desk = sit_down(server)
    desk.page.route("**/api/job", lambda route: route.fulfill(json=job))
    desk.go("#/do")
    desk.wait_for(".outcome.good", "3 files moved to quarantine.")
    assert desk.page.inner_text(".outcome.good") == "3 files moved to quarantine."
    assert desk.page.inner_text(".outcome.refused") == "Cat/1.jpg stays: it has changed."


def test_repairs_are_tried_shown_confirmed_made_and_undone(at_work, sit_down, data_set):
    review, server = at_work
    question = questions_of(review, "wrong-extension")[0]
    (one,) = question["pictures"]
    decisions = [{"row": one["row"], "action": "fix"}]
    review.save({"entry": "entry-01",
                 "answers": [{"question": question["key"], "decisions": decisions}]})  # fmt: skip
    before = files_of(data_set)
    desk = sat_down(sit_down, server)
    desk.page.get_by_role("button", name="Repair 1…").click()
    desk.wait_for("dialog[open] li", f"{one['path']}becomes ")
    assert files_of(data_set) == before
    desk.page.locator("dialog[open] .main").click()
    desk.wait_for(".outcome.good", "1 file repaired")
    assert one["path"] in before - files_of(data_set)
    assert desk.page.get_by_role("button", name="Repair 1…").count() == 0
    desk.page.get_by_role("button", name="Undo the last repair").click()
    desk.page.locator("dialog[open] .main").click()
    desk.wait_for(".outcome.good", "restored")
    assert files_of(data_set) == before
    desk.page.get_by_role("button", name="Repair 1…").wait_for()
    assert desk.complaints == []


def test_after_a_clean_the_page_counts_what_it_carried_out(at_work, sit_down):
    review, server = at_work
    question = questions_of(review, "odd-size")[0]
    decisions = [{"row": question["pictures"][0]["row"], "action": "quarantine"}]
    review.save({"entry": "entry-01",
                 "answers": [{"question": question["key"], "decisions": decisions}]})  # fmt: skip
    desk = sat_down(sit_down, server)
    assert desk.page.inner_text("#saved") == "1 decided, all saved"
    desk.page.locator(".doing .main").click()
    desk.page.locator("dialog[open] .main").click()
    desk.wait_for("#saved", "1 decided, carried out by the last clean")
    assert desk.complaints == []


def test_what_leaves_counts_down_as_it_is_decided_about(at_work, sit_down):
    review, server = at_work
    leaving = [one for one in review.summary()["queues"] if one["by_itself"]]
    total = sum(one["total"] for one in leaving)
    desk = sit_down(server, f"#/decide/{leaving[-1]['key']}")
    heading = "[data-group=leaves] summary"
    desk.wait_for(heading, f"Leaves with clean · {total}")
    desk.press("a")
    desk.wait_for(heading, f"Leaves with clean · {total - 1}")
