"""Pictures that need a repair, and a data set that is repaired without worker processes."""

import io

from pictures import draw, encode
from PIL import Image

from catsclean.cleaning.mend import Mended, mend
from catsclean.cleaning.quarantine import carry_out
from catsclean.cleaning.repairs.repair import Wishes
from catsclean.core.limits import Limits


def mended(data, *repairs, path="Cat/1.jpg", **wishes) -> Mended:
    """Repair some bytes in this process."""
    return mend(path, data, repairs, Wishes(Limits(), **wishes), ())


def opened(data) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def oriented(seed, value, kind="JPEG", size=(160, 120), **options):
    """Make a picture with an Exif orientation."""
    picture = draw(seed, size)
    exif = picture.getexif()
    exif[0x0112] = value
    return encode(picture, kind, exif=exif, **options)


def applied(plan, made, progress=None):
    """Carry a plan of repairs out with bytes that were made before, as no fork starts workers."""
    return carry_out(
        plan.state,
        plan._entries,
        (),
        progress,
        rows=plan._rows,
        decided=getattr(plan, "_decided", ()),
        seen=0,
        prepare=lambda wanted: [(path, made[path]) for path in wanted],
    )
