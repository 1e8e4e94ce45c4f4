import pictures
from PIL import Image, ImageDraw

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.low_information import LowInformation


def plain(colour=(60, 110, 160)):
    return Image.new("RGB", (400, 300), colour)


def save(pets, name, picture, kind="JPEG"):
    (pets / name).write_bytes(pictures.encode(picture, kind))


def test_finds_a_rectangle_on_a_plain_ground(pets):
    sign = plain()
    ImageDraw.Draw(sign).rectangle((120, 90, 230, 140), fill=(230, 220, 140))
    save(pets, "Dog/sign.jpg", sign)
    [finding] = assert_finds(LowInformation(), pets, "Dog/sign.jpg")
    assert finding.message.endswith("% of one grey")


def test_a_drawing_of_thin_lines_is_clean(pets):
    page = plain("white")
    ImageDraw.Draw(page).line((40, 40, 300, 250, 350, 60, 90, 240), fill="black", width=2)
    save(pets, "Dog/drawing.png", page, "PNG")
    assert_clean(LowInformation(), pets)


def test_a_digit_of_28_pixels_is_clean(pets):
    digit = Image.new("L", (112, 112))
    ImageDraw.Draw(digit).line((30, 25, 80, 25, 45, 90), fill=255, width=9)
    save(pets, "Dog/digit.png", digit.resize((28, 28), Image.Resampling.LANCZOS), "PNG")
    assert_clean(LowInformation(), pets)


def test_a_product_on_white_is_clean(pets):
    page = plain("white")
    page.paste(pictures.draw(7).resize((110, 80)), (140, 100))
    save(pets, "Dog/product.jpg", page)
    assert_clean(LowInformation(), pets)
