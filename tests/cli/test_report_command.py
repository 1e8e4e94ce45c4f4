"""``catsclean report``: what it says beside the page."""

import webbrowser

import pytest
from pictures import make_dataset


@pytest.fixture
def audited(run, tmp_path):
    root = make_dataset(tmp_path / "my pets")
    (root / "Cat/empty.jpg").touch()
    (root / "Cat/copy.jpg").write_bytes((root / "Cat/0.jpg").read_bytes())
    run("audit", "my pets", "--select", "file,exact-duplicate")
    return root


def test_the_page_names_the_data_set_as_it_was_named(run, audited, tmp_path):
    run("report", "../" + tmp_path.name + "/my pets", "-o", "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    typed = f"&#39;../{tmp_path.name}/my pets&#39;"
    assert f"catsclean clean {typed} --apply " in page


def fail(address):
    raise webbrowser.Error("could not locate runnable browser")


@pytest.mark.parametrize("browser", [fail, lambda _: False])
def test_without_a_browser_it_says_where_the_page_is(run, audited, monkeypatch, browser):
    monkeypatch.setattr(webbrowser, "open", browser)
    done = run("report", "my pets", "--open")
    assert done.returncode == 0
    page = audited.with_name("my pets.catsclean") / "report.html"
    assert (
        done.stderr == f"No web browser could be started. Open the page yourself: {page.as_uri()}\n"
    )
    monkeypatch.setattr(webbrowser, "open", lambda _: True)
    assert run("report", "my pets", "--open").stderr == ""


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (["--select", "file"], "no validator that needs it was selected. Run: catsclean audit"),
        (["--no-content"], "the audit ran with --no-content. Run: catsclean audit"),
        (["--content"], "pictures; at least 50 are needed.\n"),
    ],
)
def test_a_page_whose_pictures_nobody_looked_at_has_no_map_and_says_why(
    run, audited, tmp_path, wish, why
):
    run("audit", "my pets", *wish)
    done = run("report", "my pets", "--map", "tsne", "-o", "page.html")
    assert done.returncode == 0
    assert done.stderr.startswith("The page has no map: ")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert "content=True" not in done.stderr
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert why.partition("Run: ")[0].strip() in page
