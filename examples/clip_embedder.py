"""An embedder of your own: CLIP, by the package open_clip_torch.

Install it (``pip install open_clip_torch``), put this file where Python finds it, and audit:

    import catsclean
    from clip_embedder import Clip

    audit = catsclean.audit("PetImages", embedder=Clip())

The first use downloads the weights, which catsclean itself never does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

# How CLIP's pictures were normalised in training: mean and deviation of red, green and blue
# (Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021).
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
SPREAD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


class Clip:
    """CLIP ViT-B/32: slower than lite0, and better at drawings, scenes and abstract classes."""

    name = "clip"
    # vectors are kept under it: change it together with the model or its preparation
    version = "ViT-B-32 laion2b_s34b_b79k 1"
    side_px = 224

    def __init__(self) -> None:
        self._model: Any = None

    def load(self) -> None:
        """Load the weights; each worker calls this once."""
        import open_clip
        import torch

        torch.set_num_threads(1)  # every processor has a worker of its own
        model, _, _ = open_clip.create_model_and_transforms(
            "ViT-B-32", pretrained="laion2b_s34b_b79k"
        )
        self._model = model.eval()

    def embed(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the vectors of some pictures: (n, 224, 224, 3) → (n, 512)."""
        import torch

        pixels = ((batch / np.float32(255) - MEAN) / SPREAD).transpose(0, 3, 1, 2)
        with torch.no_grad():
            vectors = self._model.encode_image(torch.from_numpy(pixels.copy()))
        return np.asarray(vectors, np.float32)
