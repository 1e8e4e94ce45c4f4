"""Find the file of each row of a table of labels, and the label of each file.

Rows are only compared with the paths that were listed.  One rule holds for a whole table: the rows
are paths below a folder, or the ends of paths in any folder, with or without extensions.  A row
that has an extension, or lacks one, unlike the others finds its file if it can mean no other one.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catsclean.core import names
from catsclean.core.arrow import number_array, text_array
from catsclean.core.label_rows import COLUMNS, LabelRows, RowProblem
from catsclean.core.label_source import LabelTable, Match
from catsclean.errors import ConfigError
from catsclean.scan.label_tables import TableRows
from catsclean.scan.name_labels import is_picture_name

_MOST_DEPTHS: Final = 32
_NONE: Final = -1
_AT_ONCE: Final = 65_536


@dataclass(frozen=True, slots=True)
class Matched:
    """What a table says of the files.

    Attributes:
        labels: Label of each file, escaped, in the order of the listing; empty if it has none.
        rows: The rows that do not fit.
        table: The table, with the rule by which its rows found their files.
    """

    labels: list[str]
    rows: LabelRows
    table: LabelTable


@dataclass(frozen=True, slots=True)
class _Rule:
    """How rows find files, and the distinct row of each file; -1 for none."""

    codes: NDArray[np.int64]
    folder: str = ""
    match: Match = Match.PATH
    by_id: bool = False


def match_rows(
    rows: TableRows,
    paths: Sequence[str],
    table: LabelTable,
    *,
    root: str = "",
    folder: str | None = None,
) -> Matched:
    """Find the file of each row.

    Args:
        rows: The rows.
        paths: Paths of all files of the data set, escaped.
        table: What is known of the table.
        root: The data set, absolute; rows may begin with it.
        folder: Folder that the rows are relative to, escaped; None: find it out.

    Raises:
        ConfigError: A row may mean several files.
    """
    escaped = rows.is_manifest or table.escaped
    texts = list(paths) if escaped else [_text_of(path) for path in paths]
    plain = rows.paths if escaped else _plain(rows.paths, root)
    values, row_codes = _distinct(plain)
    rule = _find_rule(values, texts, table, folder)
    if others := _by_the_other_rule(values, rule, texts):
        named = pc.index_in(plain, value_set=pa.array(list(others), plain.type))
        plain = pc.coalesce(pc.take(pa.array(list(others.values()), plain.type), named), plain)
        values, row_codes = _distinct(plain)
        rule = _find_rule(values, texts, table, folder)
    labels, label_codes = _distinct(rows.labels)
    kinds = [_shown_label(one, escaped=rows.is_manifest) for one in labels.to_pylist()]
    said = _Said(values, row_codes, kinds, label_codes, rows.paths)
    facts = said.judge()
    # the last one is for files without a row
    found = np.append(facts.label, _NONE)[rule.codes]
    problems = said.problems(facts, rule, rows.numbers, paths, table.name)
    known = replace(
        table, rows=len(row_codes), folder=rule.folder, match=rule.match, by_id=rule.by_id,
        escaped=escaped, path_column=rows.path_column, label_column=rows.label_column,
        sha256=rows.sha256,
    )  # fmt: skip
    return Matched(
        [kinds[code] if code >= 0 else "" for code in found.tolist()],
        LabelRows(known.name, len(row_codes), facts.repeated, problems),
        known,
    )


@dataclass(frozen=True, slots=True)
class _RowFacts:
    """What the rows say of each distinct path.

    Attributes:
        label: Code of its label; -1 if it has none, or several.
        contradicting: Whether it has several.
        repeated: Number of rows that say again what an earlier one says.
    """

    label: NDArray[np.int64]
    contradicting: NDArray[np.bool_]
    repeated: int


@dataclass(frozen=True, slots=True)
class _Said:
    """Path and label of each row.

    Attributes:
        values: The distinct paths.
        rows: Position of each row's path among them.
        kinds: The distinct labels, escaped.
        labels: Position of each row's label among them; -1 if it has none.
        given: The paths as the table has them, which may be absolute.
    """

    values: pa.Array
    rows: NDArray[np.int64]
    kinds: Sequence[str]
    labels: NDArray[np.int64]
    given: pa.Array | pa.ChunkedArray

    def judge(self) -> _RowFacts:
        """Find out which label each distinct path has, and which rows say nothing new."""
        count = len(self.values)
        low = np.full(count, np.iinfo(np.int64).max)
        high = np.full(count, _NONE, np.int64)
        labelled = self.labels >= 0
        np.minimum.at(low, self.rows[labelled], self.labels[labelled])
        np.maximum.at(high, self.rows[labelled], self.labels[labelled])
        several = (high >= 0) & (low != high)
        agreeing = int((~several[self.rows]).sum())
        repeated = agreeing - int((~several).sum())
        return _RowFacts(np.where(several, _NONE, high), several, repeated)

    def problems(
        self,
        facts: _RowFacts,
        rule: _Rule,
        numbers: NDArray[np.int64],
        paths: Sequence[str],
        name: str,
    ) -> pa.Table:
        """List the rows that do not fit."""
        sample = np.full(len(self.values), _NONE, np.int64)
        with_row = np.flatnonzero(rule.codes >= 0)
        sample[rule.codes[with_row][::-1]] = with_row[::-1]  # the first of several
        lacking = sample[self.rows] < 0
        several = facts.contradicting[self.rows] & ~lacking
        empty = (facts.label[self.rows] < 0) & ~several & ~lacking
        at = np.flatnonzero(lacking | several | empty)
        which = np.where(lacking, 0, np.where(several, 1, 2)).astype(np.int8)
        del lacking, several, empty
        pieces = [
            self._listed(at[start : start + _AT_ONCE], which, sample, numbers, paths, name)
            for start in range(0, len(at), _AT_ONCE)
        ]
        return pa.concat_tables(pieces).combine_chunks() if pieces else COLUMNS.empty_table()

    def _listed(
        self,
        at: NDArray[np.int64],
        which: NDArray[np.int8],
        sample: NDArray[np.int64],
        numbers: NDArray[np.int64],
        paths: Sequence[str],
        name: str,
    ) -> pa.Table:
        """List some rows: their texts are Python objects for a moment, and take much memory."""
        kinds = [kind.value for kind in RowProblem]
        shown = [names.text(one) for one in self.given.take(pa.array(at)).to_pylist()]
        labels = [self.kinds[code] if code >= 0 else "" for code in self.labels[at].tolist()]
        samples = [paths[one] if one >= 0 else "" for one in sample[self.rows[at]].tolist()]
        return pa.table(
            {
                "table": text_array([name] * len(at)),
                "row": number_array(numbers[at]),
                "path": text_array(shown),
                "label": text_array(labels),
                "problem": text_array([kinds[one] for one in which[at].tolist()]),
                "sample": text_array(samples),
            },
            schema=COLUMNS,
        )


def _find_rule(
    values: pa.Array, texts: Sequence[str], table: LabelTable, folder: str | None
) -> _Rule:
    """Find the rule that finds the most rows."""
    if not len(values):
        return _Rule(np.full(len(texts), _NONE, np.int64), folder or "")
    if folder is not None:
        inside = _text_of(folder)
        return max(
            (_below(values, texts, inside, folder, by_id=by_id) for by_id in (False, True)),
            key=_number_found,
        )
    whole = _ends(values, texts, by_id=False)
    ids = whole
    if _number_of(whole) < len(values):
        ids = _ends(values, texts, by_id=True)
    by_id = _number_of(ids) > _number_of(whole)
    return _choose_folder(ids if by_id else whole, texts, values, table, by_id=by_id)


def _by_the_other_rule(values: pa.Array, rule: _Rule, texts: Sequence[str]) -> dict[str, str]:
    """Return rows that lack an extension, or have one, unlike the others; each with what they mean.

    Only those count that mean one file, whether their extension is looked at or not.
    """
    without = np.ones(len(values), np.bool_)
    without[rule.codes[rule.codes >= 0]] = False
    if without.all() or not without.any():
        return {}
    lacking = values.filter(pa.array(without))
    found = _ends(lacking, texts, by_id=not rule.by_id).codes
    files = Counter(found[found >= 0].tolist())
    meant: dict[str, str] = {}
    for row in np.flatnonzero(found >= 0).tolist():
        if files[int(found[row])] == 1:
            text = lacking[int(found[row])].as_py()
            ending = f".{texts[row].rpartition('.')[2]}"
            meant[text] = text.removesuffix(ending) if rule.by_id else text + ending
    if rule.by_id and meant:
        of_id = _ends(pa.array(list(meant.values()), values.type), texts, by_id=True).codes
        alone = Counter(of_id[of_id >= 0].tolist())
        meant = {text: new for at, (text, new) in enumerate(meant.items()) if alone[at] == 1}
    return meant


@dataclass(frozen=True, slots=True)
class _Ends:
    """Files whose paths end with a row: the distinct row of each, and the folder before it."""

    codes: NDArray[np.int64]
    folders: list[str]


def _number_of(ends: _Ends) -> int:
    return len(np.unique(ends.codes[ends.codes >= 0]))


def _number_found(rule: _Rule) -> int:
    return len(np.unique(rule.codes[rule.codes >= 0]))


def _choose_folder(
    ends: _Ends, texts: Sequence[str], values: pa.Array, table: LabelTable, *, by_id: bool
) -> _Rule:
    """Return the folder that rows are relative to, if a row alone may mean several files.

    Raises:
        ConfigError: Several folders may be meant, or none is enough.
    """
    at = np.flatnonzero(ends.codes >= 0)
    codes, folders = ends.codes[at].tolist(), [ends.folders[row] for row in at.tolist()]
    # of a picture and another with the same id in one folder, both are meant
    pairs = Counter(zip(folders, codes, strict=True)) if by_id else None
    distinct = len(pairs) if pairs is not None else len(codes)
    number = len(set(codes))
    if distinct == number:
        only = set(folders)
        if len(only) == 1:
            return _Rule(ends.codes, names.encode(only.pop()), Match.PATH, by_id)
        return _Rule(ends.codes, "", Match.NAME, by_id)
    found: dict[str, set[int]] = {}
    for folder, code in zip(folders, codes, strict=True):
        found.setdefault(folder, set()).add(code)
    full = [folder for folder, of in found.items() if len(of) == number]
    own = _text_of(table.file.rpartition("/")[0]) if table.inside else ""
    chosen = next((one for one in ("", own) if one in full), full[0] if len(full) == 1 else None)
    if chosen is None:
        raise _several(ends, texts, values, table)
    kept = np.fromiter((folder == chosen for folder in ends.folders), np.bool_, len(texts))
    return _Rule(np.where(kept, ends.codes, _NONE), names.encode(chosen), Match.PATH, by_id)


def _several(ends: _Ends, texts: Sequence[str], values: pa.Array, table: LabelTable) -> ConfigError:
    """Return the error for a row that may mean files in several folders."""
    first: dict[int, int] = {}
    both, shown = "several files", ""
    for row in np.flatnonzero(ends.codes >= 0).tolist():
        code = int(ends.codes[row])
        other = first.setdefault(code, row)
        if ends.folders[other] != ends.folders[row]:
            both = " or ".join(names.encode(texts[one]) for one in (other, row))
            shown = names.text(values[code].as_py())
            break
    return ConfigError(
        f"a row of {names.text(table.name)!r} may mean several files. Received: {shown!r}, which"
        f" may be {both}. Name the folder: {names.text(table.name)}:PATH,LABEL,FOLDER"
    )


def _below(
    values: pa.Array, texts: Sequence[str], inside: str, folder: str, *, by_id: bool
) -> _Rule:
    """Match rows as paths below a folder."""
    start = f"{inside}/" if inside else ""
    keys = [
        _key(text[len(start) :], by_id=by_id) if text.startswith(start) else None
        for text in _for_rows(texts, by_id=by_id)
    ]
    return _Rule(_look_up(keys, values), folder, Match.PATH, by_id)


def _ends(values: pa.Array, texts: Sequence[str], *, by_id: bool) -> _Ends:
    """Match rows as the ends of paths; the longest row that fits counts."""
    depths = pc.unique(pc.count_substring(values, "/")).to_pylist()
    codes = np.full(len(texts), _NONE, np.int64)
    folders = [""] * len(texts)
    candidates = _for_rows(texts, by_id=by_id)
    for depth in sorted(depths, reverse=True)[:_MOST_DEPTHS]:
        keys: list[str | None] = []
        above: list[str] = []
        for text in candidates:
            parts = text.rsplit("/", depth + 1)
            fits = len(parts) > depth
            over = len(parts) == depth + 2
            above.append(parts[0] if over else "")
            keys.append(_key("/".join(parts[1:] if over else parts), by_id=by_id) if fits else None)
        found = _look_up(keys, values)
        for row in np.flatnonzero((found >= 0) & (codes < 0)).tolist():
            folders[row] = above[row]
        codes = np.where(codes < 0, found, codes)
    return _Ends(codes, folders)


def _for_rows(texts: Sequence[str], *, by_id: bool) -> list[str]:
    """Return the paths that rows may name; an id never names a file that is not a picture."""
    return [text if not by_id or is_picture_name(text) else "" for text in texts]


def _key(text: str, *, by_id: bool) -> str | None:
    """Return what a row must say to mean a file."""
    if by_id:
        folder, slash, name = text.rpartition("/")
        text = f"{folder}{slash}{name.rpartition('.')[0]}"
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _look_up(keys: Iterable[str | None], values: pa.Array) -> NDArray[np.int64]:
    """Return the position of each key among the distinct rows; -1 if it is not there."""
    listed = [key or None for key in keys]
    found = pc.index_in(pa.array(listed, values.type), value_set=values, skip_nulls=True)
    codes: NDArray[np.int64] = found.cast(pa.int64()).fill_null(_NONE).to_numpy()
    return codes


def _plain(paths: pa.Array, root: str) -> pa.Array:
    """Write paths as the listing does: relative, with slashes, composed (NFC)."""
    if pc.any(pc.match_substring(paths, "\\")).as_py():
        paths = pc.replace_substring(paths, "\\", "/")
    if root:
        inside = pc.starts_with(paths, f"{root}/")
        if pc.any(inside).as_py():
            paths = pc.if_else(inside, pc.utf8_slice_codeunits(paths, len(root) + 1), paths)
    if pc.any(pc.starts_with(paths, "./")).as_py():
        paths = pc.replace_substring_regex(paths, r"^(\./)+", "")
    return pc.utf8_normalize(paths, "NFC")


def _distinct(values: pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the distinct values, and the position of each row's among them; -1 for null."""
    encoded = values.dictionary_encode()
    codes: NDArray[np.int64] = encoded.indices.cast(pa.int64()).fill_null(_NONE).to_numpy()
    return encoded.dictionary, codes


def _text_of(path: str) -> str:
    if "\\" in path and names.is_text(path):
        return names.unescape(path)
    return path


def _shown_label(label: str, *, escaped: bool) -> str:
    """Escape a label; that of a manifest is escaped already, if it can be read back."""
    if escaped:
        try:
            return names.escape(names.unescape(label))
        except ValueError:
            pass
    return names.escape(label)
