"""Make the uint8 arrays for the GPU machine from a folder of class folders.

python benchmarks/gpu_jax/make_arrays.py PetImages arrays.npz
"""

import sys
from pathlib import Path

import numpy as np

from catsclean.training.pictures import Cut, UnreadableError, cut_square, decode_picture


def main() -> None:
    root, target = Path(sys.argv[1]), Path(sys.argv[2])
    squares, codes = [], []
    for code, folder in enumerate(sorted(p for p in root.iterdir() if p.is_dir())):
        for file in sorted(folder.iterdir()):
            try:
                picture = decode_picture(file.name, file.read_bytes(), Cut())
            except UnreadableError as error:
                print(f"left out {file.name}: {error}", file=sys.stderr)
                continue
            squares.append(cut_square(picture, Cut()))
            codes.append(code)
    np.savez(target, squares=np.stack(squares), codes=np.array(codes))
    print(f"{len(squares)} pictures, {target.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
