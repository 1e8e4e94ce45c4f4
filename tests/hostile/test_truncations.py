"""Every truncation of a small file, byte by byte: one verdict each, and never a crash."""

import io

import pytest
from pictures import draw
from PIL import Image

from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.scan.worker import Task, scan_chunk

FORMATS = {
    "JPEG": {"quality": 20},
    "PNG": {},
    "GIF": {},
    "BMP": {},
    "WEBP": {"quality": 20},
    "TIFF": {},
    "ICO": {"sizes": [(16, 12)]},  # Pillow before 13 writes square pictures only, unless asked
    "PPM": {},
}
JUDGED = {
    Outcome.DECODED, Outcome.EMPTY, Outcome.NOT_IMAGE, Outcome.UNDECODABLE, Outcome.TRUNCATED,
    Outcome.UNSUPPORTED, Outcome.OVER_LIMIT,
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_every_truncation_gets_one_verdict(tmp_path, kind):
    stream = io.BytesIO()
    draw(1, (16, 12)).convert("P" if kind == "GIF" else "RGB").save(stream, kind, **FORMATS[kind])
    whole = stream.getvalue()
    lengths = range(len(whole) + 1)
    for length in lengths:
        (tmp_path / f"{length:05}.jpg").write_bytes(whole[:length])
    paths = tuple(f"{length:05}.jpg" for length in lengths)
    columns = scan_chunk(Task(str(tmp_path), paths, Limits(timeout_s=60.0), ()))
    outcomes = [Outcome(outcome) for outcome in columns["outcome"]]
    assert len(outcomes) == len(lengths)
    assert set(outcomes) <= JUDGED
    assert outcomes[0] is Outcome.EMPTY
    assert outcomes[-1] is Outcome.DECODED
    assert not columns["decoder_warnings"][-1]


def test_every_truncation_of_a_progressive_jpeg_and_an_animation_gets_one_verdict(tmp_path):
    for kind, options in (
        ("JPEG", {"progressive": True}),
        ("GIF", {"save_all": True, "append_images": [Image.new("RGB", (8, 8))]}),
        ("PNG", {"save_all": True, "append_images": [Image.new("RGB", (8, 8))]}),
        ("WEBP", {"save_all": True, "append_images": [Image.new("RGB", (8, 8))]}),
    ):
        stream = io.BytesIO()
        draw(2, (8, 8)).save(stream, kind, **options)
        whole = stream.getvalue()
        for length in range(len(whole) + 1):
            (tmp_path / f"{kind}-{length:05}.jpg").write_bytes(whole[:length])
    paths = tuple(sorted(path.name for path in tmp_path.iterdir()))
    columns = scan_chunk(Task(str(tmp_path), paths, Limits(timeout_s=60.0), ()))
    assert {Outcome(outcome) for outcome in columns["outcome"]} <= JUDGED
