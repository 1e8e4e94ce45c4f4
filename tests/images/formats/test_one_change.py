"""What the walks say of small files, and of every file that differs from one in a single place.

After an intended change, `one_change.py` writes the record again: read the difference.
"""

import pytest
from images.formats import one_change

_RECORD = one_change.read_record()


@pytest.mark.parametrize("name", _RECORD)
def test_one_change_of_a_file_says_what_it_said(name):
    entry = _RECORD[name]
    data, width = bytes.fromhex(entry["file"]), one_change._DIGEST_CHARS
    before = [entry["said"][at : at + width] for at in range(0, len(entry["said"]), width)]
    now = one_change.digests(data, entry["format"])
    changed = list(one_change.changes(data))
    different = [
        f"{what}: {one_change.verdict(new, entry['format'])}"
        for (what, new), old, digest in zip(changed, before, now, strict=True)
        if old != digest
    ]
    assert not different, "\n".join(different[:3])
