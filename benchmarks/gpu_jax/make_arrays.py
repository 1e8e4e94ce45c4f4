"""Make the uint8 arrays for the GPU machine from a folder of class folders.

python benchmarks/gpu_jax/make_arrays.py PetImages arrays.npz [--size 96] [--most 1000]
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from catsclean.training.pictures import Cut, UnreadableError, cut_square, decode_picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--size", type=int, default=150, help="side of the squares, pixels")
    parser.add_argument("--most", type=int, default=1000, help="pictures of each class")
    arguments = parser.parse_args()
    cut = Cut(arguments.size)
    squares, codes = [], []
    folders = sorted(path for path in arguments.root.iterdir() if path.is_dir())
    for code, folder in enumerate(folders):
        for file in sorted(folder.iterdir())[: arguments.most]:
            try:
                picture = decode_picture(file.name, file.read_bytes(), cut)
            except UnreadableError as error:
                print(f"left out {file.name}: {error}", file=sys.stderr)
                continue
            squares.append(cut_square(picture, cut))
            codes.append(code)
    np.savez_compressed(arguments.target, squares=np.stack(squares), codes=np.array(codes))
    print(f"{len(squares)} pictures, {arguments.target.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
