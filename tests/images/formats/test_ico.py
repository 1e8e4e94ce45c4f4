import struct

import pictures

from catsclean.images.formats import ico, png

PICTURE = pictures.encode(pictures.draw(1, (16, 16)), "PNG")
CHUNKS = png.walk(PICTURE, 100).chunks


def icon(number):
    """An icon of the same PNG several times."""
    start = 6 + 16 * number
    entries = [
        struct.pack("<4B2H2I", 16, 16, 0, 0, 1, 32, len(PICTURE), start + at * len(PICTURE))
        for at in range(number)
    ]
    return struct.pack("<3H", 0, 1, number) + b"".join(entries) + PICTURE * number


def test_the_chunks_of_all_pictures_are_counted_together():
    assert ico.excess(icon(2), 2, 2 * CHUNKS) == ""
    assert "chunks" in ico.excess(icon(2), 2, 2 * CHUNKS - 1)


def test_more_entries_than_allowed_are_too_many():
    assert ico.excess(icon(3), 3, 99) == ""
    assert ico.excess(icon(3), 2, 99) == "more than 2 pictures"
