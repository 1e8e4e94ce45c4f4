"""Put the page together: what it says, its pictures, and the policy that lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import os
from collections import Counter
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from catsclean.auditing.result import Audit
from catsclean.content.similar import Embeddings
from catsclean.core import names, stand_ins
from catsclean.core.limits import Limits
from catsclean.core.parse_json import parse_json
from catsclean.core.text import count, human_bytes
from catsclean.errors import UsageError
from catsclean.reports.html import charts, sections
from catsclean.reports.html.alike import Alike, find_alike
from catsclean.reports.html.asking_cards import AskingCards
from catsclean.reports.html.content_map import HEIGHT, MOST_POINTS, WIDTH, MapKind, draw_map
from catsclean.reports.html.galleries import Gallery, build_gallery, choose_findings, meanings_of
from catsclean.reports.html.rankings import LABELS, ODD, Ranking, Rankings
from catsclean.reports.html.shown_names import cut_middle, visible
from catsclean.reports.html.thumbnails import Thumbnail, Thumbnails, small_ones
from catsclean.reports.questions.ask import COPIES, Queue
from catsclean.reports.questions.asked_so_far import AskedSoFar
from catsclean.reports.questions.copy_groups import (
    Group,
    gravest_first,
    group_copies,
    is_about_copies,
)
from catsclean.reports.questions.picture_facts import PictureFacts
from catsclean.reports.tally import Tally, labels_line, several_sets, tally
from catsclean.validators.base import CopyKind
from catsclean.validators.registry import validator_of

if TYPE_CHECKING:
    import pandas as pd

MAX_THUMBNAILS: Final = 2_000
MAX_BYTES: Final = 10_000_000
# room for everything but pictures: 2,000 cards of text take 2 MB
_TEXT_BYTES: Final = 2_300_000
# of the pictures, so many may be members of groups, and more where the galleries leave room
_GROUP_SHARE: Final = 0.5
# one style and one script of the page, in this order
_STYLES: Final = (
    "shared/tokens.css", "templates/report.css", "templates/content.css", "templates/choosing.css",
    "templates/printing.css",
)  # fmt: skip
_SCRIPTS: Final = (
    "templates/choices.js", "templates/saving.js", "templates/paging.js", "templates/filters.js",
    "templates/moving.js", "templates/viewing.js", "templates/alike.js", "templates/map.js",
    "templates/keys.js", "templates/starting.js",
)  # fmt: skip
# a page of a few thousand pixels
_GROUPS_A_PAGE: Final = 8
_CARDS_A_PAGE: Final = 12
# the same as in paging.js
_GALLERIES_UNFOLDED: Final = 8
_CARDS_UNFOLDED: Final = 30
_DECISIONS_KIND: Final = "catsclean-decisions"
_DECISIONS_VERSION: Final = 2


class ReportProgress(Protocol):
    """Called as ``progress(done, total)`` while thumbnails are made."""

    def __call__(self, done: int, total: int, /) -> None:
        """Hear how far it has come."""


def address_of(root: Path, page: str | os.PathLike[str]) -> str | None:
    """Return the address of a data set relative to a page: ``../PetImages/``.

    Only for a data set that lies beside the page, or beside the page's folder as the state folder
    does: any other address would reveal the names of local folders to whoever gets the page.

    Args:
        root: The data set.
        page: The path at which the page will be saved.
    """
    folder = Path(page).resolve().parent
    steps = {folder: "", folder.parent: "../"}.get(root.parent)
    return None if steps is None or not root.name else f"{steps}{quote(os.fsencode(root.name))}/"


def render_html(
    audit: Audit,
    *,
    command: str | None = None,
    arguments: str | None = None,
    files: str | None = None,
    map_kind: MapKind = MapKind.COMPONENTS,
    max_thumbnails: int = MAX_THUMBNAILS,
    max_bytes: int = MAX_BYTES,
    progress: ReportProgress | None = None,
) -> str:
    """Render an audit as one self-contained page.

    Where names and messages are so long that the page would not fit, it shows fewer of them.

    Only pictures that are shown are opened, by the safe reader, to make thumbnails of them: those
    that findings name, doubtful labels with their neighbours, and odd pictures.

    Args:
        audit: What to show; one that was loaded will do.
        command: The command line that made the audit, for the page's section on method.
        arguments: What names the data set in the commands that the page tells of, quoted for the
            shell; its folder's name where None.
        files: Address of the data set as seen from the page, see :func:`address_of`, for links to
            the pictures; None: there are none.
        map_kind: How the map places pictures.
        max_thumbnails: At most so many pictures are shown.
        max_bytes: The page stays below it.
        progress: Called while thumbnails are made.

    Raises:
        UsageError: The map needs vectors, but the audit examined no content, or they are gone.
        MissingExtraError: The map needs scikit-learn, which is not installed.
    """
    if map_kind is MapKind.TSNE:
        audit.embeddings()  # raises
    if arguments is None:  # where the data set lies is for nobody to read
        named = (audit.root.name, None)
        audit = replace(audit, state=replace(audit.state, named=named, follow_links_to=()))
        arguments = audit.state.arguments
    if audit.dataset.never_changed:
        files = None  # no page can open a picture in an archive or a bucket
    asked = AskedSoFar(audit)
    shown = (asked, command, arguments, files, map_kind)
    page = _render(*shown, max_thumbnails, max_bytes, progress)
    while len(page.encode()) > max_bytes and max_thumbnails:
        max_thumbnails //= 2
        page = _render(*shown, max_thumbnails, max_bytes, None)
    return page


def _render(
    asked: AskedSoFar,
    command: str | None,
    arguments: str,
    files: str | None,
    map_kind: MapKind,
    max_thumbnails: int,
    max_bytes: int,
    progress: ReportProgress | None,
) -> str:
    audit = asked.audit
    tallies = tally(audit)
    chosen = _choose(asked, tallies, max_thumbnails)
    pictures = _Pictures([*chosen.shown, *chosen.neighbours])
    near = sorted({facts.sample.path for facts in chosen.neighbours})
    wanted = [*near, *(facts.sample.path for facts in chosen.shown)]
    with stand_ins.bringing_ahead(audit.root, wanted, Limits().max_bytes):
        small = small_ones(audit.dataset.reach, near)
        room = max_bytes - _TEXT_BYTES - sum(len(one.uri) for one in small.values())
        thumbnails = _thumbnails(audit, chosen.shown, max_thumbnails, room, progress)
    style, script = ("".join(map(_asset, names)) for names in (_STYLES, _SCRIPTS))
    embeddings, lacking = _embeddings(audit)
    alike = find_alike(embeddings, pictures.number, thumbnails.keys() | small.keys())
    carded = {facts.sample.path: pictures.number[facts.sample.path] for facts in chosen.shown}
    return (
        environment()
        .get_template("page.html.jinja")
        .render(
            audit=audit,
            csp=_policy(style, script),
            style=style,
            script=script,
            name=names.encode(audit.root.name),
            arguments=arguments,
            never_moved=audit.dataset.never_moved,
            since=asked.since,
            to_do=sections.to_do(asked, chosen.place_of_queue),
            verdict=sections.verdict(audit),
            several=several_sets(audit),
            labels_said=labels_line(audit),
            tiles=sections.tiles(audit, asked.left),
            tallies=tallies,
            most=max((one.count for one in tallies), default=1),
            labels=audit.dataset.labels,
            **_bars(audit.manifest.table),
            **chosen.for_page(),
            content=sections.content(audit, lacking),
            map=draw_map(
                audit.content,
                carded,
                min(MOST_POINTS, 2 * max_thumbnails),
                embeddings=embeddings if map_kind is MapKind.TSNE else None,
                cached_in=audit.state.places,
                beside={p: at for p, at in pictures.number.items() if p not in carded},
            ),
            map_size=(WIDTH, HEIGHT),
            meanings=meanings_of(one.validator for one in tallies),
            number=pictures.number,
            thumbnails=thumbnails,
            small=small,
            alike=alike.near,
            not_examined=sections.not_examined(audit),
            method=sections.method(audit, command),
            keys=_keys(content=bool(alike.near)),
            data=_data(audit, arguments, files, pictures, alike),
        )
    )


class _Chosen:
    """The pictures that the page shows."""

    def __init__(
        self,
        facts: dict[str, PictureFacts],
        groups: _Groups,
        asked: AskedSoFar,
        rankings: dict[str, Ranking],
        galleries: list[Gallery],
    ) -> None:
        self.facts = facts
        self.groups = groups
        self.kinds = [asked.kind_of(group) for group in groups.shown]
        self.rankings = rankings
        self.galleries = galleries
        ranked = [one for ranking in rankings.values() for one in ranking.cards]
        self.cards = [one.card for one in ranked]
        self.cards += [card for gallery in galleries for card in gallery.cards]
        self.neighbours = [near for one in ranked for near in one.neighbours]
        self.shown = [member.facts for group in groups.shown for member in group.members]
        self.shown += [
            one for card in self.cards for one in (card.facts, card.other) if one is not None
        ]

    def place_of_queue(self, queue: Queue) -> str:
        """Return the anchor of the part of the page with a queue's questions; empty if none."""
        if queue.name == COPIES:
            return "copies" if self.groups.total > self.groups.conflicts else ""
        if queue.questions[0].is_group:
            return "conflicts" if self.groups.conflicts else ""
        ranked = {one.validator: one.place for one in self.rankings.values()}
        shown = {gallery.tally.validator for gallery in self.galleries}
        place = f"v-{queue.name}" if queue.name in shown else ""
        return ranked.get(queue.name, place)

    def for_page(self) -> dict[str, Any]:
        """Return what the template shows of them."""
        groups, galleries, rankings = self.groups, self.galleries, self.rankings
        copy_names = groups.validators
        asks = [gallery.asks for gallery in galleries] + [one.asks for one in rankings.values()]
        asks.append(self.kinds.count("question"))
        return {
            "conflicts": [g for g in groups.numbered if g[1].conflict],
            "copies": [g for g in groups.numbered if not g[1].conflict],
            "copies_total": groups.total - groups.conflicts,
            "copy_names": copy_names,
            "conflict_names": [name for name in copy_names if _is_conflict(name)],
            "doubts": rankings[LABELS],
            "odd": rankings[ODD],
            "ranking_of": {one.validator: one.place for one in rankings.values()},
            "galleries": galleries,
            "unfolded": _unfolded(galleries),
            "groups_a_page": _GROUPS_A_PAGE,
            "cards_a_page": _CARDS_A_PAGE,
            "gallery_of": {gallery.tally.validator for gallery in galleries},
            "questions": sum(asks),
            "group_asks": self.kinds,
            "safe": any(card.asks == "safe" for card in self.cards)
            or any(group.leaving for group in groups.shown),
            "choices": any(card.asks for card in self.cards) or any(self.kinds),
        }


def _choose(asked: AskedSoFar, tallies: list[Tally], max_thumbnails: int) -> _Chosen:
    """Choose which pictures the page shows: rankings, groups of copies, then galleries."""
    audit = asked.audit
    ranked = Rankings(audit, max_thumbnails)
    max_thumbnails -= ranked.cost
    facts = asked.facts_of(_paths(audit) | ranked.paths)
    alone = sum(not is_about_copies(f.validator) and f.path is not None for f in audit.findings)
    room = max(int(max_thumbnails * _GROUP_SHARE), max_thumbnails - alone)
    copy_names = gravest_first(one.validator for one in tallies)
    groups = _within(asked.still_copies(group_copies(audit.findings, facts)), copy_names, room)
    decided = {
        member.facts.sample.path: f"g-{number}"
        for number, group in enumerate(groups.shown)
        for member in group.open
        if group.asks
    }
    grouped = {member.facts.sample.path for group in groups.shown for member in group.members}
    room = max_thumbnails - sum(len(group.members) for group in groups.shown)
    carried = {finding for _, finding in ranked.carried}
    chosen = choose_findings(tallies, facts, grouped, carried, room)
    asking = AskingCards(decided, asked.queues)
    asking.choose([*ranked.carried, *((o.place, f) for o in chosen for f in o.findings)], facts)
    galleries = [build_gallery(one, facts, asking) for one in chosen]
    return _Chosen(facts, groups, asked, ranked.build(facts, asking), galleries)


def _unfolded(galleries: list[Gallery]) -> set[str]:
    """Return the validators whose galleries are open at first: such that ask, worst first."""
    found: set[str] = set()
    room = _CARDS_UNFOLDED
    for one in sorted(galleries, key=lambda one: not one.asks):
        cost = max(1, min(len(one.cards), _CARDS_A_PAGE))
        if cost <= room and len(found) < _GALLERIES_UNFOLDED:
            found.add(one.tally.validator)
            room -= cost
    return found


def _is_conflict(validator: str) -> bool:
    return validator_of(validator).copies is CopyKind.OTHER_LABEL


def _data(
    audit: Audit,
    arguments: str,
    files: str | None,
    pictures: _Pictures,
    alike: Alike,
) -> dict[str, Any]:
    """Return what the script needs to write the decisions file, and to show what is alike."""
    return {
        "kind": _DECISIONS_KIND,
        "schema_version": _DECISIONS_VERSION,
        "root": names.encode(audit.root.name),
        "arguments": arguments,
        "files": files,
        "pictures": pictures.rows,
        **alike.for_script(),
    }


def _embeddings(audit: Audit) -> tuple[Embeddings | None, str]:
    """Return the vectors of the pictures, or why they are not known although they were computed."""
    if audit.content is None or audit.content.missing:
        return None, ""
    try:
        return audit.embeddings(), ""
    except UsageError as error:
        return None, str(error)


def _bars(table: pd.DataFrame) -> dict[str, Any]:
    """Return the charts of the data set as a whole."""
    return {
        "classes": charts.class_bars(table),
        "formats": charts.format_bars(table),
        "sides": charts.side_bars(table),
        "aspects": charts.aspect_bars(table),
        "max_bars": charts.MAX_BARS,
    }


class _Pictures:
    """Numbers the pictures that the page asks about, so that its inputs need no path."""

    def __init__(self, shown: list[PictureFacts]) -> None:
        self.number: dict[str, int] = {}
        self.rows: list[tuple[str, str, int]] = []
        for facts in shown:
            if facts.sample.path not in self.number:
                self.number[facts.sample.path] = len(self.rows)
                self.rows.append((facts.sample.path, facts.sample.sha256, int(facts.kept)))


class _Groups:
    def __init__(self, shown: list[Group], total: int, validators: list[str]) -> None:
        self.shown = shown
        self.validators = validators
        self.total = total
        self.numbered = list(enumerate(shown))
        self.conflicts = sum(group.conflict for group in shown)


def _within(groups: list[Group], validators: list[str], room: int) -> _Groups:
    """Take the gravest groups until their pictures fill the room."""
    shown: list[Group] = []
    for group in groups:
        room -= len(group.members)
        if room < 0:
            break
        shown.append(group)
    return _Groups(shown, len(groups), validators)


def _paths(audit: Audit) -> set[str]:
    return {path for f in audit.findings for path in (f.path, *f.related) if path is not None}


def _thumbnails(
    audit: Audit,
    shown: list[PictureFacts],
    count_max: int,
    bytes_max: int,
    progress: ReportProgress | None,
) -> dict[str, Thumbnail]:
    """Make the thumbnail of each picture that is shown; the gravest come first."""
    places = Counter(facts.sample.path for facts in shown if facts.sample.width_px)
    quarantine = audit.state.quarantine
    elsewhere = {one.sample.path: quarantine / one.aside / "files" for one in shown if one.aside}
    maker = Thumbnails(audit.dataset.reach, places, count_max, bytes_max, elsewhere)
    made: dict[str, Thumbnail] = {}
    for done, (path, times) in enumerate(places.items(), 1):
        thumbnail = maker.make(path, times)
        if thumbnail is not None:
            made[path] = thumbnail
        if progress is not None:
            progress(done, len(places))
    return made


def environment() -> Environment:
    """Make the environment of the templates: everything is escaped, and nothing may be missing."""
    made = Environment(
        loader=PackageLoader("catsclean.reports.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["bytes"] = human_bytes
    made.filters["middle"] = cut_middle
    made.filters["visible"] = visible
    made.filters["number"] = lambda value: f"{value:,}"
    made.filters["safe_text"] = lambda value: names.text(str(value))
    made.globals["count"] = count
    return made


def _asset(name: str) -> str:
    return files("catsclean.reports.html").joinpath(name).read_text(encoding="utf-8")


def _keys(*, content: bool) -> list[dict[str, Any]]:
    """Return the rows of the key table; of a text in parts, every second part is a key."""
    rows = parse_json(_asset("shared/keys.json"))
    return [
        {"keys": row["keys"], "parts": row["report"].split("`")}
        for row in rows
        if "report" in row and (content or row.get("needs") != "content")
    ]


def _policy(style: str, script: str) -> str:
    """Return the content security policy: this style, this script, pictures within the page."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")

    return (
        "default-src 'none'; img-src data:; "
        f"style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
