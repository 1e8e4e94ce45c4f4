"""Embedders for tests: small, fast, and some of them broken in a way of their own."""

import os
import time

import numpy as np
from pictures import encode
from PIL import Image

COLOURS = {"Red": (200, 40, 40), "Blue": (40, 40, 200)}


class MeanColours:
    """The mean colour of each quarter of a picture: enough to tell red from blue."""

    name = "colours"
    version = "1" * 64
    side_px = 16

    def load(self):
        """Nothing to load."""

    def embed(self, batch):
        return batch.reshape(len(batch), 2, 8, 2, 8, 3).mean(axis=(2, 4)).reshape(len(batch), -1)


class NamedColours(MeanColours):
    """Names a picture for its colour, as sure as the colour is strong."""

    name = "named"
    class_names = ("something red", "something \x1b[1mblue")

    def name_probabilities(self, vectors):
        mean = vectors.astype(np.float32).reshape(len(vectors), 4, 3).mean(axis=1)
        return mean[:, [0, 2]] / mean[:, [0, 2]].sum(axis=1, keepdims=True)


class NamesTooLittle(NamedColours):
    """Has fewer names than probabilities."""

    name = "nameless"
    class_names = ("something red",)


class RaisesAtNames(NamedColours):
    """Cannot name what it sees."""

    name = "speechless"

    def name_probabilities(self, vectors):
        raise RuntimeError("no words for it")


class RaisesAtWhite(MeanColours):
    """Raises if a picture is white."""

    name = "raises"

    def embed(self, batch):
        if (batch.reshape(len(batch), -1).min(axis=1) > 250).any():
            raise RuntimeError("too bright to see")
        return super().embed(batch)


class Crashes(MeanColours):
    """Ends its process at the first real picture."""

    name = "crashes"

    def embed(self, batch):
        if batch.any():
            os._exit(3)
        return super().embed(batch)


class Hangs(MeanColours):
    """Computes for ever at the first real picture."""

    name = "hangs"

    def embed(self, batch):
        while batch.any():
            pass
        return super().embed(batch)


class Sleeps(MeanColours):
    """Waits for ever at the first real picture, without computing."""

    name = "sleeps"

    def embed(self, batch):
        while batch.any():
            time.sleep(1)
        return super().embed(batch)


class TakesAllMemory(MeanColours):
    """Asks for more memory than a worker may have."""

    name = "greedy"

    def embed(self, batch):
        if batch.any():
            np.ones(2**40, np.uint8)
        return super().embed(batch)


class CannotLoad(MeanColours):
    """Has no weights."""

    name = "weightless"

    def load(self):
        raise OSError("no weights here")


class FailsToEmbed(MeanColours):
    """Loads, but embeds nothing."""

    name = "fails"

    def embed(self, batch):
        raise RuntimeError(f"no memory for {len(batch)}")


class CrashesAtLoad(MeanColours):
    """Ends its process instead of loading."""

    name = "crashes-at-load"

    def load(self):
        os._exit(3)


class HangsAtLoad(MeanColours):
    """Never finishes loading."""

    name = "hangs-at-load"

    def load(self):
        time.sleep(10_000)


class WrongShape(MeanColours):
    """Returns one number where vectors are wanted."""

    name = "flat"

    def embed(self, batch):
        return super().embed(batch).ravel()


class NotFinite(MeanColours):
    """Returns vectors of NaN."""

    name = "nan"

    def embed(self, batch):
        return np.full((len(batch), 4), np.nan)


def coloured(colour, seed, size=(64, 48)):
    """Give the bytes of a picture of one colour with noise, each unlike the others."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(-60, 60, (6, 8, 1))
    noise = np.asarray(
        Image.fromarray((coarse[..., 0] + 128).astype(np.uint8)).resize(size), np.int16
    )
    grain = rng.integers(-20, 20, (size[1], size[0], 1))
    pixels = np.array(COLOURS[colour]) + (noise - 128)[..., None] + grain
    return encode(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)))


def make_colours(root, count=40, swapped=()):
    """Write red and blue pictures; those in `swapped` lie in the folder of the other colour."""
    seed = 0
    for label in COLOURS:
        (root / label).mkdir(parents=True, exist_ok=True)
    for colour in COLOURS:
        for number in range(count):
            seed += 1
            name = f"{colour.lower()}{number}.jpg"
            other = next(label for label in COLOURS if label != colour)
            folder = other if name in swapped else colour
            (root / folder / name).write_bytes(coloured(colour, seed))
            os.utime(root / folder / name, (1e9, 1e9))  # old enough to be trusted unread
    return root
