"""TensorFlow is asked about all pictures, also about those that catsclean does not decode."""

import pictures
import pytest
from images import flat_jpeg
from images.damage import chunks, joined

import catsclean
from catsclean.core.evidence import Outcome
from catsclean.scan import tensorflow_probe

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]
pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    root = tmp_path_factory.mktemp("probe") / "set"
    for label in ("Cat", "Dog"):
        (root / label).mkdir(parents=True)
        for seed in range(3):
            path = root / label / f"{seed}.jpg"
            path.write_bytes(pictures.jpeg(len(label) + seed + 40 * (label == "Dog")))
    good = pictures.jpeg(7)
    (root / "Cat" / "cut.jpg").write_bytes(good[: len(good) // 2])
    header, (_, body), end = chunks(pictures.encode(pictures.draw(5), "PNG"))
    (root / "Cat" / "spoilt.png").write_bytes(joined([header, (b"IDAT", body[:-200]), end]))
    (root / "Cat" / "text.jpg").write_bytes(b"not found\n")
    (root / "Cat" / "page.tif").write_bytes(pictures.encode(pictures.draw(8), "TIFF"))
    return catsclean.audit(root, probe="tensorflow", workers=1, cache=False)


def rows(audit):
    found = audit.evidence.rows
    names = [path.rpartition("/")[2] for path in found["path"]]
    columns = zip(
        found["outcome"], found["outcome_detail"], found["tensorflow_refuses"], strict=True
    )
    return {
        f"{label}/{name}": row
        for label, name, row in zip(found["label"], names, columns, strict=True)
    }


def test_what_tensorflow_refuses_stays_as_it_was(audit):
    found = rows(audit)
    assert found["Cat/cut.jpg"][0] == Outcome.TRUNCATED
    assert found["Cat/spoilt.png"][0] == Outcome.UNDECODABLE
    assert found["Cat/text.jpg"][0] == Outcome.NOT_IMAGE
    assert found["Dog/0.jpg"] == (Outcome.DECODED, "", "")


def test_a_decoded_picture_that_tensorflow_refuses_has_its_words(audit):
    outcome, _, refusal = rows(audit)["Cat/page.tif"]
    assert outcome == Outcome.DECODED
    assert refusal


def test_a_file_that_only_tensorflow_decodes_is_never_moved(audit, monkeypatch):
    monkeypatch.setattr(tensorflow_probe, "_ask", lambda _root, paths, *_: [""] * len(paths))
    asked = tensorflow_probe.ask_tensorflow(audit.evidence, catsclean.Limits(), 1)
    found = dict(zip(
        asked.rows["path"], asked.rows["outcome"], strict=True
    ))  # fmt: skip
    assert set(found.values()) == {Outcome.DECODED, Outcome.UNSUPPORTED}
    details = [d for d in asked.rows["outcome_detail"] if d]
    assert details
    assert all(detail.startswith("TensorFlow decodes it") for detail in details)


def test_nothing_that_a_decoder_prints_reaches_the_user(tmp_path, capfd):
    root = tmp_path / "set"
    (root / "Cat").mkdir(parents=True)
    (root / "Cat" / "1.jpg").write_bytes(pictures.jpeg(1)[:-2] + b"xxxx\xff\xd9")
    (root / "Cat" / "2.jpg").write_bytes(flat_jpeg.arithmetic(b"\x10" * 99))
    catsclean.audit(root, probe="tensorflow", workers=1, cache=False)
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
