import struct
import zlib

import helpers

from catsclean.core.evidence import Outcome
from catsclean.core.model import Fix
from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.over_limit import OverLimit


def chunk(kind, data):
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def test_finds_a_picture_that_claims_too_many_pixels(pets):
    head = chunk(b"IHDR", struct.pack(">LLBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(5000))) + chunk(b"IEND", b"")
    (pets / "Dog/bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head + body)
    [finding] = assert_finds(OverLimit(), pets, "Dog/bomb.png")
    assert "3,600,000,000 pixels, limit 50,000,000" in finding.message


def test_time_and_memory_are_limits_too():
    evidence = helpers.make_evidence(
        [
            {
                "path": "Cat/1.jpg",
                "outcome": Outcome.TIMEOUT,
                "outcome_detail": "took more than 1 s",
            },
            {"path": "Cat/2.jpg", "outcome": Outcome.MEMORY},
        ]
    )
    assert [f.message for f in OverLimit().judge(evidence)] == [
        "took more than 1 s",
        "needs too much memory (limit for one file)",
    ]


def test_such_a_file_is_never_moved():
    assert OverLimit.fix is Fix.NONE


def test_healthy_pictures_are_clean(pets):
    assert_clean(OverLimit(), pets)
