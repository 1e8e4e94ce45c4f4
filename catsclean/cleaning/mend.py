"""Repair the bytes of one file, and check the result: the work of a worker process.

The repaired bytes must decode as an audit decodes, without a warning that the original does not
give, for the program that is to read them.  If no repair changes pixels, every pixel must be equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from catsclean.cleaning.encode_picture import encode
from catsclean.cleaning.loaders import LOADERS
from catsclean.cleaning.repairs.repair import (
    NOTHING,
    CannotRepairError,
    Pixels,
    Repair,
    Wishes,
    all_repairs,
)
from catsclean.core import names
from catsclean.core.evidence import Outcome
from catsclean.images import decoding, warning_log
from catsclean.images.decoding import decode_cut, to_eight_bits
from catsclean.images.formats import sniff
from catsclean.images.image import ImageFile, ReadingEndedError, complaint_of
from catsclean.images.orientation import TURNS
from catsclean.scan.worker import evidence_of

LOSSLESS: Final = "lossless"
# programs that decode by TensorFlow's rules; others read through Pillow
_BY_TENSORFLOW: Final = frozenset({"tensorflow", "keras"})


@dataclass(frozen=True, slots=True)
class Mended:
    """A repaired file.

    Attributes:
        data: Its bytes; None if only its name changes.
        ending: The extension that it should have, with its dot; empty: as it is.
        how: The repairs, and what they cost, for people.
        lossless: Every pixel is as it was.
        evidence: The evidence of the repaired bytes.
    """

    data: bytes | None
    ending: str
    how: str
    lossless: bool
    evidence: dict[str, Any]


def mend(
    path: str, data: bytes, repairs: Iterable[str], wishes: Wishes, inspectors: Sequence[str]
) -> Mended:
    """Repair a file.

    Args:
        path: Its path, escaped.
        data: Its bytes.
        repairs: Names of the repairs.
        wishes: What they respect.
        inspectors: Validators whose evidence of the result is needed, as ``module:class``.

    Raises:
        CannotRepairError: It stays as it is; the text says why.
    """
    wanted = set(repairs)
    chosen = [repair for name, repair in all_repairs().items() if name in wanted]
    try:
        return _mend(path, data, chosen, wishes, inspectors)
    except CannotRepairError:
        salvaging = [repair for repair in chosen if repair.salvages]
        if not wishes.salvage or wishes.lossless or not salvaging:
            raise
        return _salvage(path, data, salvaging[0], wishes, inspectors)


def _salvage(
    path: str, data: bytes, repair: Repair, wishes: Wishes, inspectors: Sequence[str]
) -> Mended:
    """Crop a cut picture to the rows that exist.

    Raises:
        CannotRepairError: Too few rows exist, or something else is wrong with it.
    """
    image, ended = _read(path, data, wishes)
    if ended is None or ended.outcome is not Outcome.TRUNCATED:
        raise CannotRepairError("it is damaged, but not cut")
    with _refusing("its rows cannot be read"):
        pixels = repair.salvage(image, wishes)
        encoded = encode(image, pixels)
    ending = ""
    if sniff.is_wrong_ending(image.extension, sniff.sniff(encoded.data)):
        ending = sniff.FORMATS[sniff.sniff(encoded.data)].endings[0]
    evidence = evidence_of(with_ending(path, ending), encoded.data, wishes.limits, inspectors)
    _check(evidence, image, wishes)
    how = f"{repair.name}: {', '.join([*pixels.notes, encoded.note])}"
    return Mended(encoded.data, ending, how, lossless=False, evidence=evidence)


def _mend(
    path: str, data: bytes, chosen: Sequence[Repair], wishes: Wishes, inspectors: Sequence[str]
) -> Mended:
    original, ended = _read(path, data, wishes)
    image = original
    used: list[Repair] = []
    notes: list[str] = []
    late = [repair for repair in chosen if repair.after_encoding]
    for repair in chosen:
        changed = image.data if repair in late else _changed(repair, image, wishes)
        if changed != image.data:
            used.append(repair)
            notes += filter(None, [repair.cost(image)])
            image, ended = _read(path, changed, wishes)
    known = image.format in sniff.FORMATS
    drawing = [repair for repair in chosen if known and repair.needs_pixels(image, wishes)]
    if not drawing:
        image, ended = _change_late(late, image, ended, wishes, used)
    # the name of a file that is never decoded here can be corrected, and nothing else
    named = image is original and not drawing
    if ended is not None and not (named and ended.outcome is Outcome.UNSUPPORTED):
        raise CannotRepairError(_why_not(ended, image))
    made, exact = image.data, True
    if drawing:
        if wishes.lossless and image.format == "JPEG":
            raise CannotRepairError("it would have to be encoded again, which is not lossless")
        made, exact, more = _draw(image, drawing)
        notes += more
        used += [repair for repair in drawing if repair not in used]
        image, _ = _read(path, made, wishes)
        drawn = image
        image, _ = _change_late(late, drawn, None, wishes, used)
        made = image.data
        if image is not drawn:
            _check_same_pixels(drawn, image)
    ending = next(filter(None, (repair.ending(image, wishes) for repair in chosen)), "")
    if not ending and made != data and sniff.is_wrong_ending(image.extension, image.format):
        # empty if the program lists no file of this format: then the name stays
        ending = LOADERS[wishes.loader].ending_for(image.format)
    if made == data and not ending:
        raise CannotRepairError(NOTHING)
    if not drawing and made != data:
        _check_same_pixels(original, image)
    if ending and made == data:
        used += [repair for repair in chosen if repair.ending(image, wishes)]
    if wishes.lossless and not exact:
        raise CannotRepairError("the repair is not lossless: " + ", ".join(notes))
    evidence = evidence_of(with_ending(path, ending), made, wishes.limits, inspectors)
    _check(evidence, original, wishes)
    if not drawing and made != data:
        _check_same_turn(original, evidence)
    what = ", ".join(dict.fromkeys(repair.name for repair in used))
    how = f"{what}: {', '.join([LOSSLESS] * exact + notes)}"
    return Mended(made if made != data else None, ending, how, exact, evidence)


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Refuse a file for whatever its bytes lead to in a library, but for a lack of memory.

    Raises:
        CannotRepairError: Something was raised; the text says what went wrong.
    """
    with warning_log.collecting():
        try:
            yield
        except (CannotRepairError, MemoryError):
            raise
        except Exception as error:
            raise CannotRepairError(f"{what}: {complaint_of(error)}") from error


def _changed(repair: Repair, image: ImageFile, wishes: Wishes) -> bytes:
    with _refusing("its structure is damaged"):
        return repair.change_bytes(image, wishes)


def _change_late(
    late: Iterable[Repair],
    image: ImageFile,
    ended: ReadingEndedError | None,
    wishes: Wishes,
    used: list[Repair],
) -> tuple[ImageFile, ReadingEndedError | None]:
    """Run the repairs of bytes that are given what came out of an encoder, if that ran."""
    for repair in late:
        changed = _changed(repair, image, wishes)
        if changed != image.data:
            used.append(repair)
            image, ended = _read(image.path, changed, wishes)
    return image, ended


def with_ending(path: str, ending: str) -> str:
    """Return a path with another extension; as it is if there is none to give."""
    above, slash, name = path.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return f"{above}{slash}{stem if dot and stem else name}{ending}" if ending else path


def _read(path: str, data: bytes, wishes: Wishes) -> tuple[ImageFile, ReadingEndedError | None]:
    image = decoding.open_image(path, data, wishes.limits)
    try:
        decoding.decode(image)
    except ReadingEndedError as ended:
        return image, ended
    return image, None


def _why_not(ended: ReadingEndedError, image: ImageFile) -> str:
    if ended.outcome is Outcome.TRUNCATED:
        return f"rows of the picture are missing: {ended.detail}"
    detail = ended.detail or f"a file of {image.format or 'an unknown'} format"
    return f"{ended.outcome.value}: {detail}"


def _draw(image: ImageFile, drawing: Iterable[Repair]) -> tuple[bytes, bool, list[str]]:
    """Decode a picture, let repairs change its pixels, and encode it again."""
    kind = sniff.FORMATS[image.format]
    with _refusing("Pillow does not read it"):
        picture = image.open_pillow(kind.first_alone(image))
        image.check_size(*picture.size)
        picture.load()
    pixels = Pixels(picture, [], profile=image.icc_profile)
    with _refusing("encoding it failed"):
        for repair in drawing:
            repair.change_pixels(image, pixels)
        encoded = encode(image, pixels)
    exact = encoded.exact and not pixels.notes
    return encoded.data, exact, [*pixels.notes, encoded.note]


def _check_same_pixels(original: ImageFile, repaired: ImageFile) -> None:
    """Compare the pixels of a file and of the same file with changes around its pixels.

    Raises:
        CannotRepairError: They differ.
    """
    with _refusing("its pixels are unknown"):
        before = _pixels_of(original, to_end=False)
        after = _pixels_of(repaired, to_end=True)
    if before.shape != after.shape or not np.array_equal(before, after):
        raise CannotRepairError("its pixels would change")


def _check_same_turn(original: ImageFile, evidence: dict[str, Any]) -> None:
    """Check that a picture is shown the same way up as before its metadata changed.

    Raises:
        CannotRepairError: It is not.
    """
    before, after = (turn if turn in TURNS else 1
                     for turn in (original.orientation, evidence["exif_orientation"]))  # fmt: skip
    if before != after:
        raise CannotRepairError("it would be shown turned: its metadata say which side is up")


def _pixels_of(image: ImageFile, *, to_end: bool) -> np.ndarray:
    """Decode at full size; without its end too, unless asked for `to_end`."""
    data = sniff.FORMATS[image.format].first_alone(image)
    if not to_end:
        return np.asarray(to_eight_bits(decode_cut(image, data)))
    picture = image.open_pillow(data)
    picture.load()
    return np.asarray(to_eight_bits(picture))


def _check(evidence: dict[str, Any], original: ImageFile, wishes: Wishes) -> None:
    """Check that the repaired file decodes, at least as well as the original.

    Raises:
        CannotRepairError: It does not.
    """
    if evidence["outcome"] == Outcome.UNSUPPORTED.value and not original.mode:
        return  # only its name changes
    if evidence["outcome"] != Outcome.DECODED.value:
        raise CannotRepairError(
            f"the repaired file would be {evidence['outcome']}: {evidence['outcome_detail']}"
        )
    refusal = evidence["tensorflow_refuses"]
    before = sniff.FORMATS[original.format].refusal(original) if original.mode else ""
    if wishes.loader in _BY_TENSORFLOW and refusal and not before:
        raise CannotRepairError(f"TensorFlow would refuse it: {refusal}")
    fresh = set(evidence["decoder_warnings"].split("\n")) - {"", *original.decoder_warnings}
    if fresh:
        complaint = names.text(min(fresh))
        if original.structure is not None and original.structure.end_offset < 0:
            raise CannotRepairError(f"rows of the picture are missing: {complaint}")
        raise CannotRepairError(f"the repaired file decodes with a warning: {complaint}")
