"""The manifest: one row per sample, which clean, split and train read, and nothing else.

:mod:`catsclean.core.columns` says what each column means, as docs/manifest.md does.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from catsclean.core import names, stand_ins
from catsclean.core.arrow import (
    ROWS_AT_ONCE,
    any_starts_with,
    is_empty_text,
    is_missing,
    is_packed,
    number_array,
    pack_text,
    rows_of,
    rows_with,
    text_array,
    text_at,
    to_numpy,
    with_missing,
    with_text,
)
from catsclean.core.columns import COLUMNS as EVERY_COLUMN
from catsclean.core.columns import PACKED, Known
from catsclean.core.csv_table import read_csv
from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.files import METADATA_KEY, arrow_file, is_parquet, is_text, replacing, saving
from catsclean.core.links import Folders, allowed_folders
from catsclean.core.model import Finding, Fix, Status
from catsclean.core.notebook_view import NotebookView
from catsclean.core.parquet_file import open_parquet
from catsclean.core.parse_json import parse_json
from catsclean.core.rows import Table
from catsclean.core.same_audit import check_same_audit
from catsclean.core.state import SCHEMA_VERSION, StateFolder
from catsclean.errors import ManifestError, UsageError

if TYPE_CHECKING:
    import pandas as pd


_COLUMNS: Final = tuple(column for column in EVERY_COLUMN if column.known is not None)
# column → Arrow type's name; the order is the file's order
COLUMNS: Final = {column.name: column.kind for column in _COLUMNS}
_REQUIRED = ("path", "label", "sha256", "status")
_PARQUET_HEAD: Final = b"PAR1"
_INDEX: Final = "__index_level_"
_ROW = "row of catsclean's"  # a column that no file has
_MAX_SHOWN = 120
_MAX_PATH_CHARACTERS = 65_536
# Any but the characters of ASCII that are printed, without ":" and "\\"; an empty part, ".", "..".
_SUSPECT_PATH: Final = r"[^ -9;-\[\]-~]|(^|/)\.{0,2}(/|$)"


class Manifest(NotebookView):
    """One row per sample of a data set; a value, to be read and not changed.

    Attributes:
        root: The data set that the paths are relative to, absolute.
        audit_id: Id of the audit that it is about; None: not known.
    """

    def __init__(
        self, table: pd.DataFrame | pa.Table, root: Path, audit_id: str | None = None
    ) -> None:
        """Take the rows, sorted by path, as pandas or as Arrow has them."""
        self._rows = Table(table, _to_pandas)
        self.root = root
        self.audit_id = audit_id

    @property
    def table(self) -> pd.DataFrame:
        """The rows, a pandas DataFrame with the columns that :data:`COLUMNS` names, sorted by path.

        Missing values are NA.  Columns of the user's own are kept.
        """
        return self._rows.frame

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        counts = self.table["status"].value_counts().to_dict()
        states = ", ".join(f"{counts[s.value]} {s.value}" for s in Status if s.value in counts)
        splits = self.table["split"].value_counts().sort_index().to_dict()
        parts = "".join(f", {name}: {count}" for name, count in splits.items())
        name = names.encode(self.root.name)
        return f"<Manifest of {name!r}: {len(self)} samples, {states or 'no status'}{parts}>"

    @property
    def column_names(self) -> list[str]:
        """The names of all columns."""
        table, frame = self._rows.held
        return list(frame.columns) if table is None else list(table.column_names)

    def columns(self, names: Sequence[str]) -> pd.DataFrame:
        """Return some columns, as :attr:`table` has them, without memory for the others."""
        table, frame = self._rows.held
        return frame[list(names)] if table is None else _to_frame(table.select(list(names)))

    def lists(
        self, names: Sequence[str], paths: Collection[str] | None = None
    ) -> dict[str, list[Any]]:
        """Return some columns as lists, None where a value is missing, without pandas.

        Args:
            names: Their names.
            paths: The samples, in the order of the manifest; those that do not exist are left out.
                None: all.
        """
        table = self.packed
        if paths is None:
            table = table.select(list(names))
        else:
            rows = rows_with(table.column("path"), paths)
            table = rows_of(table.select(list(names)), rows)
        columns = with_text(table, keep_missing=True)
        return {name: columns.column(name).to_pylist() for name in names}

    def with_columns(
        self, columns: Mapping[str, pd.Series[Any]], without: Collection[str] = ()
    ) -> Manifest:
        """Make a manifest with other columns of text; these are not checked.

        Args:
            columns: Values by name, text or categories of text, over the rows of :attr:`table`;
                in place of a column of that name, or after the last one.
            without: Names of columns to leave out before; those that do not exist are skipped.
        """
        table, frame = self._rows.held
        if table is None:
            frame = frame.drop(columns=list(without), errors="ignore").reset_index(drop=True)
            texts = {name: values.astype("string") for name, values in columns.items()}
            return Manifest(frame.assign(**texts), self.root, self.audit_id)
        table = table.drop_columns([name for name in without if name in table.column_names])
        for name, values in columns.items():
            texts = pa.Array.from_pandas(values).cast(pa.string())
            if name in table.column_names:
                table = table.set_column(table.column_names.index(name), name, texts)
            else:
                table = table.append_column(name, texts)
        return Manifest(table, self.root, self.audit_id)

    @property
    def labels(self) -> list[str]:
        """Names of the classes, sorted."""
        return sorted(self.columns(["label"])["label"].dropna().unique())

    def keep(self) -> pd.DataFrame:
        """Rows to use: those whose status is not ``drop``."""
        return self.table[self.table["status"] != Status.DROP.value]

    def with_table(self, table: pd.DataFrame) -> Manifest:
        """Make a manifest of the same root with other rows or columns; each row is checked.

        Args:
            table: The rows; columns of your own are kept as they are.

        Raises:
            ManifestError: A row of it cannot be trusted; the message names the row.
        """
        return Manifest(_check_frame(table), self.root)

    def native_path(self, path: str) -> Path:
        """Turn a sample's path into the absolute one of the file system.

        A sample in an archive has none: :meth:`Audit.read_bytes` reads it.
        """
        return self.root / names.decode(path)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write Parquet, or CSV where the name ends in ``.csv``; complete, or not at all.

        Raises:
            UsageError: The file cannot be written, lies inside the data set, or stands there
                and is not a manifest.
        """
        csv = Path(path).suffix == ".csv"
        with saving(path, is_text if csv else is_parquet, (self.root,)) as temporary:
            write_table(self.packed, temporary, csv=csv)

    def to_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table, with root and schema version in its metadata."""
        return with_text(self.packed, keep_missing=True)

    @property
    def packed(self) -> pa.Table:
        """The rows as :meth:`to_arrow` gives them, but hexadecimal digits may be packed."""
        table, _ = self._rows.held
        if table is None:
            columns = list(COLUMNS) + [c for c in self.table.columns if c not in COLUMNS]
            table = pa.Table.from_pandas(
                self.table.reindex(columns=columns),
                schema=_schema(self.table),
                preserve_index=False,
            )
        header: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "root": names.encode(stand_ins.shown(self.root)),
        }
        if self.audit_id is not None:
            header["audit"] = self.audit_id
        return table.replace_schema_metadata({METADATA_KEY: json.dumps(header).encode()})

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        root: str | os.PathLike[str] | None = None,
        columns: Collection[str] | None = None,
    ) -> Manifest:
        """Read a manifest, Parquet or CSV, and check every row of it.

        Args:
            path: The file.
            root: The data set; needed for CSV, which has no place for it, and to read a manifest
                against a copy of the data set that lies elsewhere.
            columns: Read only these of a Parquet file, as far as it has them, and ``path``,
                ``label``, ``sha256`` and ``status``: with millions of rows, others take much
                memory.  None: all.

        Raises:
            ManifestError: The file is damaged, of a newer schema, or a row of it cannot be
                trusted; the message names the row.
        """
        source = Path(path)
        wanted = None if columns is None else {*_REQUIRED, *columns}
        table, header = _read(source, wanted)
        version = header.get("schema_version", SCHEMA_VERSION)
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            raise ManifestError(
                f"{str(source)!r} has schema version {version!r}, known is {SCHEMA_VERSION}."
                " Upgrade catsclean."
            )
        recorded = header.get("root")
        if root is None:
            if not isinstance(recorded, str) or not recorded:
                raise ManifestError(
                    f"{str(source)!r} does not say which data set it describes."
                    ' Name the folder: Manifest.load(FILE, root="PetImages").'
                )
            root = names.decode(recorded)
        rows = _check(table, repr(str(source)), wanted)
        audit_id = header.get("audit")
        return cls(rows, Path(root).resolve(), audit_id if isinstance(audit_id, str) else None)


def keep_manifest(manifest: Manifest, target: Path) -> None:
    """Write a manifest where catsclean keeps it, whatever stands there.

    Raises:
        ManifestError: The file cannot be written.
    """
    try:
        with replacing(target) as temporary:
            write_table(manifest.packed, temporary, csv=target.suffix == ".csv")
    except OSError as error:
        raise ManifestError(f"cannot write {str(target)!r}: {error.strerror or error}.") from error


def find_manifest(
    data: object,
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
) -> tuple[Manifest, StateFolder | None]:
    """Find a manifest and its state folder, as far as that is known.

    Args:
        data: A manifest; an audit or a split, which have one; or the folder of an audited data
            set, for that of its last audit.
        state_dir: State folder, where it is not beside the data set.
        follow_links_to: Folders outside the data set that links may lead into.

    Raises:
        UsageError: It is none of these, or the data set was never audited.
        ManifestError: The manifest is damaged.
        StateError: The last audit was cut short.
    """
    own = getattr(data, "manifest", data)
    if isinstance(own, Manifest):
        state = getattr(data, "state", None)
        if isinstance(state, StateFolder) and state_dir is None:
            allowed = allowed_folders(follow_links_to) or state.follow_links_to
            return own, replace(state, follow_links_to=allowed)
        if state_dir is None and follow_links_to is None:
            return own, None
        return own, StateFolder.of(own.root, state_dir, follow_links_to)
    if not isinstance(data, (str, os.PathLike)):
        table = type(data).__name__ == "DataFrame"
        shown = "a DataFrame" if table else names.text(" ".join(repr(data).split()))[:_MAX_SHOWN]
        hint = " Make one of a table: manifest.with_table(table)." if table else ""
        raise UsageError(
            "pass a manifest, an audit, a split, or the folder of an audited data set."
            f" Received: {shown}.{hint}"
        )
    state = StateFolder.of(data, state_dir, follow_links_to)
    if not state.exists(state.manifest):
        raise UsageError(state.never_audited)
    return load_manifest(state), state


def load_manifest(state: StateFolder, columns: Collection[str] | None = None) -> Manifest:
    """Load the manifest of the last audit, or some columns of it (see :meth:`Manifest.load`).

    Raises:
        ManifestError: It is damaged.
        StateError: The last audit was cut short, so that its tables do not belong together.
    """
    manifest = Manifest.load(state.manifest, state.root, columns)
    check_same_audit(state, manifest.packed, manifest.audit_id)
    return manifest


def from_evidence(
    evidence: Evidence, findings: Iterable[Finding], *, for_tensorflow: bool = True
) -> Manifest:
    """Make the manifest of an audit: identity and facts from evidence, outcome from findings.

    Args:
        evidence: What the files say.
        findings: What validators say of it.
        for_tensorflow: Drop pictures that decode here but not in TensorFlow.
    """
    rows = evidence.rows
    usable = rows["outcome"] == Outcome.DECODED.value
    # a file that cannot be decoded cannot be trained on, whoever may move it
    refused = evidence.rows["tensorflow_refuses"] != ""
    trainable = usable & ~refused if for_tensorflow else usable
    statuses, reasons = _outcomes(evidence, trainable, findings)
    hashed = usable & ~rows["flat"].astype(bool)
    samples = evidence.packed
    fields = {name: pa.type_for_alias(kind) for name, kind in COLUMNS.items()}
    made: dict[str, pa.Array] = {
        "status": text_array(statuses),
        "reason": text_array(reasons),
    }
    for column in _COLUMNS:
        name = column.name
        if name in made:
            continue
        # beside those whose text is empty or whose number is NaN
        missing = np.zeros(len(samples), np.bool_)
        if column.known is Known.HASHED:
            missing = ~hashed
        elif column.known is Known.DECODED:
            missing = ~usable | (rows[name] == -1)
        if column.kind == "string":
            texts = samples.column(name)
            if is_packed(texts.type):
                missing |= is_missing(texts)
                fields[name] = texts.type
                made[name] = with_missing(texts, missing)
                continue
            if str(texts.type) != column.kind:
                texts = texts.cast(column.kind)
            made[name] = with_missing(texts, missing | is_empty_text(texts))
            continue
        numbers = rows[name].astype(column.kind, copy=False)
        if column.kind == "float32":
            missing = missing | np.isnan(numbers)
        made[name] = number_array(numbers, missing)
        evidence.release()  # or a large manifest would be in memory twice
    schema = pa.schema(list(fields.items()))
    table = pa.table({name: made[name] for name in COLUMNS}, schema=schema)
    return Manifest(table.combine_chunks(), evidence.dataset.root)


def _outcomes(
    evidence: Evidence, trainable: NDArray[np.bool_], findings: Iterable[Finding]
) -> tuple[list[str], list[str | None]]:
    """Return status and reason of every sample."""
    # reasons with commas between, and whether the sample may be moved; one object for all that
    # have the same, for of a million findings each with its own these took a quarter of the memory
    verdicts: dict[str, tuple[str, bool]] = {}
    one: dict[tuple[str, bool], tuple[str, bool]] = {}
    for finding in findings:
        if finding.path is not None and finding.fix is not Fix.NONE:
            text, safe = verdicts.get(finding.path, ("", False))
            if finding.validator not in text.split(","):
                text = f"{text},{finding.validator}" if text else finding.validator
            verdict = (text, safe or finding.fix is Fix.SAFE)
            verdicts[finding.path] = one.setdefault(verdict, verdict)
    keep, drop = Status.KEEP.value, Status.DROP.value
    statuses = [keep if good else drop for good in trainable.tolist()]
    texts: list[str | None] = [None] * len(statuses)
    # one path has one row, as a rule; where it has more, each of them has its findings
    for at, path in enumerate(evidence.rows.texts("path")):
        if path in verdicts:
            texts[at], safe = verdicts[path]
            if safe:
                statuses[at] = drop
            elif statuses[at] == keep:
                statuses[at] = Status.REVIEW.value
    return statuses, texts


def write_table(table: pa.Table, path: Path, *, csv: bool) -> None:
    """Write an Arrow table as Parquet (zstd), or as CSV with safe cells."""
    # a manifest of millions of rows would be in memory twice as text if it were written at once
    first = with_text(table.slice(0, ROWS_AT_ONCE), keep_missing=True)
    with arrow_file(path, "wb") as stream:
        writer: pc.CSVWriter | pq.ParquetWriter
        if csv:
            writer = pc.CSVWriter(stream, first.schema)
        else:
            writer = pq.ParquetWriter(
                stream, first.schema, compression="zstd", write_page_checksum=True
            )
        with writer:
            for start in range(0, max(1, len(table)), ROWS_AT_ONCE):
                part = with_text(table.slice(start, ROWS_AT_ONCE), keep_missing=True)
                writer.write_table(with_safe_cells(part) if csv else part)


def check_path(path: object) -> str:
    """Check one sample path of a file that somebody else may have written; give it back decoded.

    Raises:
        ValueError: It is not a text, is absolute, has an empty part, ``.`` or ``..``, or a bad
            escape.
    """
    if not isinstance(path, str) or not path:
        raise ValueError(f"not a path. Received: {path!a:.80}")
    if len(path) > _MAX_PATH_CHARACTERS:
        raise ValueError(f"a path of {len(path)} characters")
    native = names.decode(path)
    if "\0" in native:
        raise ValueError(f"a path with a NUL. Received: {path!a:.80}")
    if native.startswith("/") or Path(native).is_absolute() or os.path.splitdrive(native)[0]:
        raise ValueError(f"an absolute path. Received: {path!a:.80}")
    parts = native.split("/") if os.sep == "/" else native.replace("\\", "/").split("/")
    if any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"a path with an empty part, '.' or '..'. Received: {path!a:.80}")
    return native


def check_text(value: object) -> str:
    """Check one text of such a file; give it back so that it can be shown anywhere.

    Raises:
        TypeError: It is not a text.
    """
    if not isinstance(value, str):
        raise TypeError(f"text expected. Received: {value!a:.40}")
    return names.text(value)


def _schema(frame: pd.DataFrame) -> pa.Schema:
    fields = [pa.field(name, pa.type_for_alias(kind)) for name, kind in COLUMNS.items()]
    extra = [c for c in frame.columns if c not in COLUMNS]
    if extra:
        fields += list(pa.Schema.from_pandas(frame[extra], preserve_index=False))
    return pa.schema(fields)


def read_parquet(source: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file that somebody else may have written; names and texts of it are UTF-8.

    Args:
        source: The file.
        columns: Those to read, where it has them; None: all.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged; or ArrowException, which is pyarrow's own.
    """
    with arrow_file(source, "rb") as stream:
        table = open_parquet(stream).read(columns and list(columns))
    _ = table.column_names  # raises if one is not a text
    table.validate(full=True)
    return table


def _read_packed(source: Path, wanted: Collection[str] | None) -> pa.Table:
    """Read a manifest in Parquet as :func:`read_parquet` does, with hexadecimal digits packed.

    It is read column by column: of millions of rows, memory has no room for two forms of more.

    Args:
        source: The file.
        wanted: Names of the columns to read; None: all.
    """
    with arrow_file(source, "rb") as stream:
        file = open_parquet(stream)
        schema = file.schema_arrow
        names = [name for name in schema.names if wanted is None or name in wanted]
        if len(set(names)) < len(names):
            return file.read()  # somebody else wrote it, and the check will say so
        columns = []
        for name in names:
            column = file.read(columns=[name]).select([name])
            column.validate(full=True)
            columns.append(_packed(column).combine_chunks().column(0))
            # between the columns the pool kept as much memory as they took
            del column
            pa.default_memory_pool().release_unused()
    fields = [schema.field(name).with_type(c.type) for name, c in zip(names, columns, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, schema.metadata))


def _packed(table: pa.Table) -> pa.Table:
    """Pack the column of a table with only one, if it has hexadecimal digits."""
    [name] = table.column_names
    if name not in PACKED:
        return table
    parts = []
    for start in range(0, max(len(table), 1), ROWS_AT_ONCE):
        part = pack_text(table.column(0).slice(start, ROWS_AT_ONCE), PACKED[name])
        if part is None:  # somebody else wrote it
            return table
        parts.append(part)
    return pa.table({name: pa.chunked_array(parts)})


def _begins_like_parquet(source: Path) -> bool:
    with suppress(OSError), source.open("rb") as stream:
        return stream.read(len(_PARQUET_HEAD)) == _PARQUET_HEAD
    return True


def _read(source: Path, wanted: Collection[str] | None) -> tuple[pa.Table, dict[str, Any]]:
    try:
        if source.suffix == ".csv":
            table = read_csv(source, COLUMNS)
            _ = table.column_names  # raises if one is not a text
            return _map_strings(table, names.from_cell), {}
        table = _read_packed(source, wanted)
        header = parse_json((table.schema.metadata or {}).get(METADATA_KEY, b"{}"))
    except FileNotFoundError as error:
        raise ManifestError(
            f"no manifest at {str(source)!r}. Run: catsclean audit FOLDER"
        ) from error
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = names.text(str(error).splitlines()[0] if str(error) else type(error).__name__)
        if isinstance(error, pa.ArrowInvalid) and not _begins_like_parquet(source):
            reason = "it is not a Parquet file. Name a manifest.parquet or manifest.csv"
        raise ManifestError(f"cannot read the manifest {str(source)!r}: {reason}") from error
    if not isinstance(header, dict):
        raise ManifestError(f"{str(source)!r} is not a manifest of catsclean's.")
    return table, header


def with_safe_cells(table: pa.Table) -> pa.Table:
    """Escape the cells that a spreadsheet would run as formulas."""
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type) and any_starts_with(
            table.column(index), names.FORMULA_STARTS
        ):
            table = _map_string(table, index, names.cell)
    return table


def _map_strings(table: pa.Table, change: Callable[[str], str]) -> pa.Table:
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = _map_string(table, index, change)
    return table


def _map_string(table: pa.Table, index: int, change: Callable[[str], str]) -> pa.Table:
    cells = [None if v is None else change(v) for v in table.column(index).to_pylist()]
    return table.set_column(index, table.schema.field(index), text_array(cells))


def _check_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Check a table that a user made, as :func:`_check` does."""
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        shown = names.text(type(table).__name__)
        raise ManifestError(
            f"the rows of a manifest must be a pandas DataFrame. Received: a {shown}."
        )
    twice = sorted({str(name) for name in table.columns[table.columns.duplicated()]})
    if twice:
        raise ManifestError(f"the table has a column twice: {names.text(', '.join(twice))}.")
    table = table.reset_index(drop=True)
    known = {name: table[name] for name in COLUMNS if name in table.columns}
    arrays = {}
    for name, column in known.items():
        try:
            arrays[name] = pa.Array.from_pandas(column)
        except pa.ArrowException as error:
            raise ManifestError(f"the table: column {name} is not {COLUMNS[name]}.") from error
    own = [column for column in table.columns if column not in COLUMNS]
    if own:
        arrays[_ROW] = pa.array(range(len(table)))
    checked = _check(pa.table(arrays), "the table")
    if not own:
        return _to_pandas(checked)
    rows = table[own].iloc[to_numpy(checked.column(_ROW))].reset_index(drop=True)
    return pd.concat([_to_pandas(checked.drop_columns([_ROW])), rows], axis=1)


def _check(table: pa.Table, where: str, wanted: Collection[str] | None = None) -> pa.Table:
    """Check columns, types, paths and states; return the rows, sorted by path.

    Columns that a table lacks are added, with missing values: all, or those that are wanted.
    """
    missing = [name for name in _REQUIRED if name not in table.column_names]
    if missing:
        raise ManifestError(f"{where} has no column {', '.join(missing)}: not a manifest.")
    twice = [name for name, count in Counter(table.column_names).items() if count > 1]
    if twice:
        raise ManifestError(f"{where} has a column twice: {names.text(', '.join(twice))}.")
    known = {name: kind for name, kind in COLUMNS.items() if wanted is None or name in wanted}
    for name, kind in known.items():
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(len(table), pa.type_for_alias(kind)))
        try:
            index = table.column_names.index(name)
            if name in PACKED and is_packed(table.column(index).type):
                continue
            table = table.set_column(index, name, table.column(index).cast(pa.type_for_alias(kind)))
        except pa.ArrowException as error:
            raise ManifestError(f"{where}: column {name} is not {kind}.") from error
    _check_statuses(table, where)
    table, in_order = _with_canonical_paths(table, where)
    names_in_order = list(known) + [c for c in table.column_names if c not in COLUMNS]
    # pandas stores the index of a filtered or sorted table as a column of this name
    table = table.select([name for name in names_in_order if not name.startswith(_INDEX)])
    if not in_order:
        paths = to_numpy(table.column("path")).tolist()
        table = rows_of(table, np.array(sorted(range(len(paths)), key=paths.__getitem__)))
    return table


def _check_statuses(table: pa.Table, where: str) -> None:
    allowed = {s.value for s in Status}
    for start, statuses in _blocks(table.column("status")):
        for row, status in enumerate(statuses, start) if set(statuses) - allowed else ():
            if status not in allowed:
                raise ManifestError(
                    f"{where}, row {row + 1}: status must be keep, review or drop."
                    f" Received: {status!a:.40}"
                )


def _with_canonical_paths(table: pa.Table, where: str) -> tuple[pa.Table, bool]:
    """Check the paths; return the table with paths escaped as ours are, and whether it is sorted.

    Of all paths, only numbers are in memory at once: the texts of a million take 100 MB.
    """
    in_order, last = True, ""
    chunks, hashes = [], np.empty(len(table), np.int64)
    for start, own in _blocks(table.column("path")):
        for at in _to_be_checked(table.column("path").slice(start, len(own))):
            try:
                own[at] = names.encode(check_path(own[at]))
            except ValueError as error:
                raise ManifestError(f"{where}, row {start + at + 1}: {error}") from None
        hashes[start : start + len(own)] = np.fromiter(map(hash, own), np.int64, len(own))
        chunks.append(text_array(own))
        in_order = in_order and own == sorted(own) and last <= own[0]
        last = own[-1]
    column = pa.chunked_array(chunks, pa.string())
    _refuse_twice(column, hashes, where)
    return table.set_column(table.column_names.index("path"), "path", column), in_order


def _to_be_checked(paths: pa.ChunkedArray) -> list[int]:
    """Return which paths are not plainly relative paths of printable ASCII, without an escape.

    To check each path of a million by itself takes ten seconds.
    """
    from pyarrow import compute  # not every manifest is loaded from a file

    if is_missing(paths).any():
        return list(range(len(paths)))
    suspect = to_numpy(compute.match_substring_regex(paths, _SUSPECT_PATH))
    # compared by NumPy: for a number, pyarrow would load pandas
    too_long = to_numpy(compute.binary_length(paths)) > _MAX_PATH_CHARACTERS
    return [int(at) for at in np.flatnonzero(suspect | too_long)]


def _refuse_twice(paths: pa.ChunkedArray, hashes: NDArray[np.int64], where: str) -> None:
    order = np.argsort(hashes, kind="stable")
    again = hashes[order[1:]] == hashes[order[:-1]]
    if not again.any():
        return
    rows = np.unique(np.concatenate((order[:-1][again], order[1:][again])))
    seen: dict[str, int] = {}
    for row, path in zip(rows.tolist(), text_at(paths, rows), strict=True):
        if (first := seen.setdefault(path, row)) != row:
            raise ManifestError(f"{where}, row {row + 1}: the same path as row {first + 1}: {path}")


def _blocks(column: pa.ChunkedArray) -> Iterator[tuple[int, list[Any]]]:
    """Yield the values of a column, some at a time, each time with the first row."""
    for start in range(0, len(column), ROWS_AT_ONCE):
        yield start, column.slice(start, ROWS_AT_ONCE).to_pylist()


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    order = list(COLUMNS) + [c for c in table.column_names if c not in COLUMNS]
    frame = _to_frame(table.select(order))
    if frame["path"].is_monotonic_increasing:
        return frame.reset_index(drop=True)
    return frame.sort_values("path", kind="stable", ignore_index=True)


def _to_frame(table: pa.Table) -> pd.DataFrame:
    import pandas as pd

    nullable: dict[pa.DataType, Any] = {
        pa.int64(): pd.Int64Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.string(): pd.StringDtype(),
    }
    table = with_text(table, keep_missing=True)
    frame: pd.DataFrame = table.to_pandas(types_mapper=nullable.get)
    return frame
