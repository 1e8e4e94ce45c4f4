"""The whole site: built once, strictly, and looked at in a browser."""

import importlib.util
import mimetypes
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import chromium
import pytest

from catsclean.cli.commands import command_names
from catsclean.core.site_address import SITE, page_of
from catsclean.validators.installed import own_modules
from website.python_pages import FUNCTIONS, OBJECTS, find, home_of
from website.repository_links import ROOT_PAGES
from website.repository_links import page_of as page_of_source

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("mkdocs") is None
        or importlib.util.find_spec("mkdocstrings_handlers") is None,
        reason="needs the group docs: pip install --group docs",
    ),
]
LOOKED_AT = (
    "", "getting-started/", "validators/zero-length/", "python/practice/", "command-line/",
    "commands/audit/", "coming-from/cleanvision/",
)  # fmt: skip
# what a browser fetches by itself
FETCHED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        build, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


class _Page(HTMLParser):
    """What a page fetches, the ids in it, and the elements of its text."""

    def __init__(self, text):
        super().__init__()
        self.fetched, self.ids, self.article, self.in_article = [], set(), [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        own = dict(attributes)
        self.ids.add(own.get("id"))
        self.in_article |= tag == "article"
        if self.in_article:
            self.article.append(tag)
        quiet = tag == "link" and own.get("rel") in {"canonical", "prev", "next"}
        if tag in FETCHED and not quiet and (address := own.get(FETCHED[tag])):
            self.fetched.append(address)

    def handle_endtag(self, tag):
        self.in_article &= tag != "article"


@pytest.fixture(scope="module")
def pages(site):
    return {
        path.relative_to(site).as_posix(): _Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
    }


@pytest.mark.parametrize("there", [False, True])
def test_a_page_that_another_job_writes_is_in_the_navigation_if_it_is_there(tmp_path, there):
    from website import hooks

    if there:
        (tmp_path / "trust.md").touch()
    filled = hooks._filled([{"Project": [{"Trust": "trust.md"}, "COMMANDS"]}], tmp_path)
    (entries,) = (entry["Project"] for entry in filled)
    assert ({"Trust": "trust.md"} in entries) is there
    assert {"audit": "commands/audit.md"} in entries


def test_validators_and_commands_have_their_addresses(pages):
    for name in own_modules():
        address = page_of(name.replace("_", "-")).removeprefix(SITE)
        assert f"{address}index.html" in pages
    assert {f"commands/{name}/index.html" for name in command_names()} <= set(pages)


def test_the_reference_has_every_public_name_with_its_members(pages):
    ids = set().union(*(page.ids for path, page in pages.items() if path.startswith("python/")))
    kinds = [(name, module) for objects in OBJECTS.values() for name, module in objects.items()]
    assert {home_of(find(*one)) for one in [*((name, "") for name in FUNCTIONS), *kinds]} <= ids
    assert {"catsclean.auditing.result.Audit.counts", "catsclean.core.limits.Limits"} <= ids


def test_no_page_asks_another_host_for_anything(site, pages):
    for path, page in pages.items():
        for address in page.fetched:
            assert not urlsplit(address).netloc, f"{path}: {address}"
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*['\"]?https?:|@import", text), style


def test_pictures_and_scripts_that_a_page_names_are_there(site, pages):
    for path, page in pages.items():
        for address in page.fetched:
            if address.startswith("data:") or path == "404.html":
                continue
            goal = (site / path).parent / unquote(urlsplit(address).path)
            assert goal.exists(), f"{path}: {address}"


def test_the_example_report_is_framed_and_there(site, pages):
    assert "report.html" in pages["example-report/index.html"].fetched
    report = (site / "example-report" / "report.html").read_text(encoding="utf-8")
    assert "zero-length" in report
    assert "/tmp" not in report


def test_llms_txt_leads_to_pages(site):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    assert text.startswith("# catsclean\n\n> The linter for image folders.")
    links = re.findall(r"\]\((\S+)\)", text)
    assert len(links) > 100
    for link in links:
        assert (site / link.removeprefix(SITE) / "index.html").exists(), link


def test_a_page_has_the_lists_and_tables_that_github_shows(pages):
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}
    for source in sorted(sources | set(ROOT_PAGES)):
        name = page_of_source(source).removesuffix(".md")
        if name in {"index", "validators", "python"}:  # on the site they have more
            continue
        text = re.sub(
            r"<!--.*?-->", "", (ROOT / source).read_text(encoding="utf-8"), flags=re.DOTALL
        )
        wanted = [token.type for token in markdown.parse(text)]
        article = pages[f"{name.removesuffix('/index')}/index.html"].article
        for kind, tag in (("table", "table"), ("ordered_list", "ol"), ("list_item", "li")):
            assert article.count(tag) == wanted.count(f"{kind}_open"), f"{source}: {tag}"


@pytest.fixture
def visit(browser, site):
    """A page of the site, whose requests are answered from the built folder."""
    opened = []

    def open_page(path, width=1280):
        page = chromium.new_page(browser, viewport={"width": width, "height": 900})
        asked = []

        def answer(route):
            asked.append(route.request.url)
            address = urlsplit(route.request.url)
            goal = site / unquote(address.path).lstrip("/")
            goal = goal / "index.html" if goal.is_dir() else goal
            if address.netloc != "site.test" or not goal.exists():
                return route.fulfill(status=404)
            kind = mimetypes.guess_type(goal.name)[0] or "text/plain"
            return route.fulfill(body=goal.read_bytes(), content_type=kind)

        page.route("**/*", answer)
        page.goto(f"http://site.test/{path}")
        opened.append(page)
        return page, asked

    yield open_page
    for page in opened:
        page.context.close()


def test_axe_finds_no_violation_in_light_and_dark(visit):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    complaints = []
    for path in LOOKED_AT:
        page, asked = visit(path)
        assert {urlsplit(address).netloc for address in asked} == {"site.test"}
        for scheme, name in (("light", "default"), ("dark", "slate")):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_selector(f"body[data-md-color-scheme={name}]")
            result = axe.Axe().run(page)
            if result.violations_count:
                complaints.append(f"/{path}, {scheme}\n{result.generate_report()}")
    assert not complaints, "\n".join(complaints)


def test_no_page_is_wider_than_a_phone_and_wide_tables_scroll_by_keys(visit):
    for path in ("", "python/practice/", "validators/", "performance/", "coming-from/cleanvision/"):
        page, _ = visit(path, width=390)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        wide = [
            table for table in page.query_selector_all(".md-typeset__scrollwrap")
            if table.evaluate("table => table.scrollWidth > table.clientWidth")
        ]  # fmt: skip
        assert all(table.get_attribute("tabindex") == "0" for table in wide), path


def test_the_search_finds_a_validator(visit):
    page, _ = visit("")
    page.keyboard.press("/")
    page.keyboard.type("zero-length")
    page.wait_for_selector(".md-search-result__link[href*='validators/zero-length']")
