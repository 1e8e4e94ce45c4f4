"""Repair files in worker processes: what comes back if one of them fails."""

import hashlib

import pytest
from pictures import draw, encode, jpeg

from catsclean.cleaning.mend_in_workers import PART_BYTES, Patient, fetch_repaired, try_repairs
from catsclean.cleaning.repairs.repair import Wishes
from catsclean.core.limits import Limits

WISHES = Wishes(Limits())
LARGE = encode(draw(68, (900, 700)), "PNG") + b"hidden"


@pytest.fixture
def patient(tmp_path):
    """Write a file that has a tail, and say what is known of it."""

    def make(path, data):
        (tmp_path / path).write_bytes(data)
        return Patient(path, hashlib.sha256(data).hexdigest(), len(data), ("cut-tail",))

    return make


def test_an_error_in_a_worker_is_named_and_the_file_stays(tmp_path, patient):
    one = patient("1.jpg", jpeg(1) + b"hidden")
    (cure,) = try_repairs(tmp_path, [one], WISHES, ("nowhere:Nothing",))
    assert cure.why_not.startswith("repairing it failed: ModuleNotFoundError: ")
    assert (cure.sha256, cure.evidence) == ("", None)


def test_what_is_not_made_again_as_it_was_is_named_once(tmp_path, patient):
    small, large = patient("1.jpg", jpeg(1) + b"hidden"), patient("2.png", LARGE)
    (tmp_path / "2.png").write_bytes(b"other bytes")
    assert len(LARGE) > PART_BYTES
    found = fetch_repaired(tmp_path, [(small, 12_345), (large, len(LARGE))], WISHES)
    assert list(found) == [
        ("2.png", "changed since the audit: its bytes differ"),
        ("1.jpg", "cannot be repaired: a second try gave other bytes"),
    ]
