import pictures
import pytest
from PIL import ImageCms

from catsclean.testing import assert_clean, assert_finds
from catsclean.testing.practice.encoding import wide_gamut_profile
from catsclean.validators.non_srgb_profile import NonSrgbProfile


def profile(name):
    space = ImageCms.createProfile(name)
    return ImageCms.ImageCmsProfile(space).tobytes()


def test_names_the_profile(pets):
    data = pictures.jpeg(7, icc_profile=wide_gamut_profile())
    (pets / "Cat/wide.jpg").write_bytes(data)
    [finding] = assert_finds(NonSrgbProfile(), pets, "Cat/wide.jpg")
    assert finding.message == 'profile "Practice wide gamut"'


def test_srgb_is_clean(pets):
    (pets / "Cat/srgb.jpg").write_bytes(pictures.jpeg(7, icc_profile=profile("sRGB")))
    data = pictures.encode(pictures.draw(7), "PNG", icc_profile=profile("sRGB"))
    (pets / "Cat/srgb.png").write_bytes(data)
    assert_clean(NonSrgbProfile(), pets)


@pytest.mark.parametrize("broken", [b"x", b"x" * 200, wide_gamut_profile()[:150]])
def test_a_broken_profile_is_said_to_be_broken(pets, broken):
    (pets / "Cat/broken.jpg").write_bytes(pictures.jpeg(7, icc_profile=broken))
    [finding] = assert_finds(NonSrgbProfile(), pets, "Cat/broken.jpg")
    assert finding.message == "a profile that cannot be read"
