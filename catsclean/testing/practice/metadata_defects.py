"""Plant defects in the metadata of a picture: EXIF, colours, profile, frames."""

from __future__ import annotations

import numpy as np
from PIL import Image

from catsclean.testing.practice.encoding import (
    camera_exif,
    exif_entry,
    save,
    wide_gamut_profile,
    with_raw_exif,
    with_segment,
)
from catsclean.testing.practice.nursery import Nursery

_XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF \
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description \
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq><rdf:li>Ada Example</rdf:li>\
</rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"""
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"


def plant_metadata_defects(nursery: Nursery) -> None:
    """Plant one to three files for each validator of the family `metadata`."""
    _plant_exif(nursery)
    _plant_private(nursery)
    _plant_colours(nursery)


def _jpeg(nursery: Nursery, **options: object) -> bytes:
    return save(nursery.draw_next(), "JPEG", quality=88, **options)


def _plant_exif(nursery: Nursery) -> None:
    model = exif_entry(0x0110, 2, 4, int.from_bytes(b"A70\0", "little"))
    cut = with_raw_exif(_jpeg(nursery), [model, model[:6]], claimed=2)
    note = "Corrupt EXIF data.  Expecting to read 12 bytes but only got 6."
    nursery.plant(cut, "exif-warning", note)
    far = exif_entry(64640, 7, 8000, 1_000_000)
    data = with_raw_exif(_jpeg(nursery), [model, far, bytes(9000)], claimed=2)
    note = "tag 64640 is to have 8000 bytes, far behind the end of the EXIF data"
    nursery.plant(data, "exif-warning", note)
    exif = camera_exif(nursery.rng)
    exif[0x0112] = 0
    nursery.plant(_jpeg(nursery, exif=exif), "exif-warning", "orientation 0, which does not exist")

    for orientation, turn in ((6, Image.Transpose.ROTATE_90), (3, Image.Transpose.ROTATE_180)):
        exif = camera_exif(nursery.rng)
        exif[0x0112] = orientation
        turned = nursery.draw_next().transpose(turn)
        data = save(turned, "JPEG", quality=88, exif=exif)
        note = f"orientation {orientation}: stands upright only where the tag is obeyed"
        nursery.plant(data, "orientation-not-applied", note)


def _plant_private(nursery: Nursery) -> None:
    exif = camera_exif(nursery.rng)
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (51.0, 28.0, 40.0), "W", (0.0, 0.0, 5.0)
    exif[0x8825] = place
    note = "EXIF says where it was taken"
    nursery.plant(_jpeg(nursery, exif=exif), "gps-position", note, ["personal-metadata"])

    exif = camera_exif(nursery.rng)
    details = exif.get_ifd(0x8769)
    details[0xA430], details[0xA431] = "Ada Example", "0123456789"
    exif[0x8769] = details
    note = "EXIF names the camera's owner and serial number"
    nursery.plant(_jpeg(nursery, exif=exif), "personal-metadata", note)
    data = with_segment(_jpeg(nursery), 0xE1, _XMP_HEADER + _XMP)
    nursery.plant(data, "personal-metadata", "XMP names its creator")

    data = _jpeg(nursery)
    for _ in range(4):
        noise = nursery.rng.integers(0, 256, 60_000, dtype=np.uint8).tobytes()
        block = b"Photoshop 3.0\x008BIM\x0f\xa0\0\0" + len(noise).to_bytes(4, "big") + noise
        data = with_segment(data, 0xED, block)
    nursery.plant(data, "large-metadata", "240 kB of metadata")


def _plant_colours(nursery: Nursery) -> None:
    cmyk = nursery.draw_next().convert("CMYK")
    nursery.plant(save(cmyk, "JPEG", quality=88), "unusual-colour-mode", "a CMYK JPEG")
    grey = np.asarray(nursery.draw_next().convert("L"), np.uint16) * 257
    also = ["grey-among-colour"]
    data = save(Image.fromarray(grey), "PNG")
    nursery.plant(data, "unusual-colour-mode", "a 16-bit PNG", also, ".png")
    palette = nursery.draw_next().quantize(64)
    nursery.plant(save(palette, "PNG"), "unusual-colour-mode", "a palette PNG", suffix=".png")
    clear = nursery.draw_next()
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    data = save(clear, "PNG")
    nursery.plant(data, "unusual-colour-mode", "a PNG with transparency", suffix=".png")

    profile = wide_gamut_profile()
    nursery.plant(_jpeg(nursery, icc_profile=profile), "non-srgb-profile", "a wide-gamut profile")
    picture = nursery.draw_next().reduce(2)
    frames = [picture.rotate(3 * step).quantize(64) for step in range(4)]
    data = save(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=120, loop=0)
    also = ["unusual-colour-mode"]
    nursery.plant(data, "multi-frame", "an animated GIF of 4 frames", also, ".gif")
