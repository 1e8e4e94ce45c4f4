"""``audit --statistics``."""

import json

import pictures


def test_the_command_prints_them_in_place_of_the_findings(run, tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    (root / "Cat/empty.jpg").touch()
    done = run("audit", "Pets", "--statistics", "--select", "zero-length")
    assert (done.returncode, done.stdout) == (1, "1\tzero-length\terror\tsafe\n")
    assert done.stderr.startswith("Found 1 finding")
    refused = run("audit", "Pets", "--statistics", "--format", "sarif")
    assert (refused.returncode, "'sarif'" in refused.stderr) == (2, True)
    as_json = run("audit", "Pets", "--statistics", "--json", "--select", "zero-length")
    assert json.loads(as_json.stdout)[0]["count"] == 1
