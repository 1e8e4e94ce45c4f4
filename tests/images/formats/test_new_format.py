"""A format of pictures is one file: with it alone, its pictures are audited."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pictures

import catsclean

MADE_UP = '''
"""MEOW: a PNG behind a greeting."""

from catsclean.images.formats import png
from catsclean.images.formats.picture_format import PictureFormat

GREETING = b"meow meow "


class Meow(PictureFormat):
    """MEOW."""

    name = "MEOW"
    pillow_names = ("PNG",)
    endings = (".meow",)
    signatures = (GREETING,)

    def check(self, image):
        structure = png.walk(image.data[len(GREETING):], image.limits.max_chunks)
        image.check_size(structure.width_px, structure.height_px)

    def open(self, data, structure):
        return super().open(data[len(GREETING):], structure)


FORMAT = Meow()
'''


def test_a_file_in_the_folder_of_formats_adds_a_format(tmp_path):
    package = Path(catsclean.__file__).parent
    copy = tmp_path / "tree/catsclean"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "images/formats/meow.py").write_text(MADE_UP)
    root = pictures.make_dataset(tmp_path / "pets", {"Cat": 3, "Dog": 3})
    picture = pictures.scene(1)
    greeting = b"meow meow "
    (root / "Cat/a.jpg").write_bytes(pictures.encode(picture))
    (root / "Cat/a.meow").write_bytes(greeting + pictures.encode(picture, "PNG"))
    (root / "Cat/b.jpg").write_bytes(greeting + pictures.encode(pictures.scene(2), "PNG"))
    (root / "Cat/big.meow").write_bytes(
        greeting + pictures.encode(pictures.draw(3, (1001, 1000)), "PNG")
    )
    path = os.pathsep.join([str(tmp_path / "tree"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "catsclean", "audit", "pets", "--format", "json", "-q",
         "--max-pixels", "1000000"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    found = {(one["validator"], one["path"]) for one in json.loads(done.stdout)["findings"]}
    assert found >= {
        ("wrong-extension", "Cat/b.jpg"),
        ("unsupported-by-tensorflow", "Cat/a.meow"),
        ("near-duplicate", "Cat/a.meow"),
        ("over-limit", "Cat/big.meow"),
    }
    assert not {validator for validator, _ in found} & {"undecodable", "not-an-image"}
