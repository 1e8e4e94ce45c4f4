"""The hooks of MkDocs: put in the pages that come from the code, and make links fit the site."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import File

ROOT: Final = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # MkDocs puts only this folder there
    sys.path.insert(0, str(ROOT))

from website import (  # noqa: E402
    command_pages,
    example_report,
    llms_txt,
    python_pages,
    repository_links,
    validator_pages,
)  # fmt: skip

_NAVIGATION: Final[dict[str, Callable[[], list[Any]]]] = {
    "VALIDATORS": validator_pages.navigation,
    "COMMANDS": command_pages.navigation,
    "PYTHON": python_pages.navigation,
}
_MARKS: Final = {
    validator_pages.MARK: validator_pages.render_index,
    python_pages.MARK: python_pages.render_list,
    example_report.MARK: example_report.render_frame,
}
# the landing page has neither navigation nor contents beside it
_WIDE: Final = {"index.md": ["navigation", "toc"], "example-report.md": ["toc"]}

_SEARCH: Final = 'data-md-component="search" aria-label="Search"'
# each level of the navigation is a landmark of its own, and not all have other names
_NESTED: Final = re.compile(r'(<nav class="md-nav" data-md-level="[1-9]") aria-[^>]*(?=>)')


def on_config(config: Any) -> Any:
    """Fill the navigation."""
    config.nav = _filled(config.nav, Path(config.docs_dir))
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made, and those of the repository's root."""
    # the modules of commands load late, so that the reference has to find the others loaded
    made = python_pages.render_pages()
    made |= validator_pages.render_pages() | command_pages.render_pages()
    for path, text in made.items():
        files.append(File.generated(config, path, content=text))
    for name, path in repository_links.ROOT_PAGES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, path, content=repository_links.for_site(text, name)))
    for name in ("site.css", "site.js"):
        text = (ROOT / "website" / name).read_text(encoding="utf-8")
        files.append(File.generated(config, f"assets/{name}", content=text))
    files.append(File.generated(config, example_report.PLACE, content=example_report.render()))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Fill in the lists, and turn links in the repository into links on the site."""
    del config, files
    path = page.file.src_uri
    if path in _WIDE:
        page.meta["hide"] = _WIDE[path]
    if page.file.generated_by is None:
        before, mark, after = markdown, "", ""
        for mark in _MARKS:
            if mark in markdown:
                before, _, after = markdown.partition(mark)
                break
        else:
            mark = ""
        parts = [repository_links.for_site(part, f"docs/{path}") for part in (before, after)]
        markdown = parts[0] + (_MARKS[mark]() if mark else "") + parts[1]
    if path == "command-line.md":
        markdown = command_pages.with_links(markdown)
    page.meta.setdefault("description", llms_txt.summary_of(markdown))
    return markdown


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Make cells of the empty headings of tables: a screen reader would announce nothing."""
    del page, config, files
    return html.replace("<th></th>", "<td></td>")


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Give the theme's landmarks the names and roles that a screen reader needs."""
    del page, config
    output = output.replace('data-md-component="search" role="dialog"', f'{_SEARCH} role="dialog"')
    return _NESTED.sub(r'\1 role="none"', output)


def on_nav(nav: Any, config: Any, files: Any) -> Any:
    """Remember the pages by section, for llms.txt."""
    del config, files
    _sections.clear()
    _sections.update({item.title or "Start": list(_pages(item)) for item in nav.items})
    return nav


def on_post_build(config: Any) -> None:
    """Write llms.txt."""
    sections = {
        title: [
            (llms_txt.heading_of(one.markdown), one.canonical_url, one.meta["description"])
            for one in pages
        ]
        for title, pages in _sections.items()
    }
    text = llms_txt.render(config.site_description, sections)
    (Path(config.site_dir) / "llms.txt").write_text(text, encoding="utf-8")


_sections: dict[str, list[Any]] = {}


def _pages(item: Any) -> Any:
    if item.is_page:
        yield item
    for child in item.children or ():
        yield from _pages(child)


def _filled(entries: list[Any], folder: Path) -> list[Any]:
    """Return entries of the navigation with the made ones, and without pages that do not exist."""
    filled: list[Any] = []
    for entry in entries:
        if isinstance(entry, str) and entry in _NAVIGATION:
            filled += _NAVIGATION[entry]()
        elif isinstance(entry, dict) and isinstance(own := next(iter(entry.values())), list):
            filled.append({next(iter(entry)): _filled(own, folder)})
        elif entry != {"Trust": "trust.md"} or (folder / "trust.md").exists():
            filled.append(entry)
    return filled
