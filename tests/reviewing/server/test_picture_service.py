"""Pictures reach a page whatever a file does to the process that reads it."""

import asyncio
import hashlib
import io
import json
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import buckets
import pytest
from packed import files_of, make_tar, make_zip
from patience import HANG_S
from pictures import draw, encode, jpeg, make_dataset, scene
from PIL import Image
from running import is_running

from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.objects import bucket_state
from catsclean.reviewing.server import reader_process
from catsclean.reviewing.server.made_picture import FULL_PX, NoPicture, Picture, Reason, Show
from catsclean.reviewing.server.picture_service import PictureService

WITHOUT_WORDS = (Show.LAID_OVER, Show.DIFFERENCE)


@pytest.fixture
def root(tmp_path):
    return make_dataset(tmp_path / "Pets", {"Cat": 12})


def digest(data):
    return hashlib.sha256(data).hexdigest()


def put(root, path, data):
    """Write a file; return how a page asks for it."""
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return path, digest(data)


def known(root, path):
    return path, digest((root / path).read_bytes())


def serve(root, use, **options):
    """Let a function use a service, and return what it returns."""
    options.setdefault("readers", 1)
    options.setdefault("timeout_s", HANG_S)

    async def main():
        async with PictureService(root, **options) as pictures:
            async with asyncio.timeout(HANG_S):
                return await use(pictures)

    # in a thread of its own: Playwright leaves its event loop running in this one
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, main()).result()


def get(root, *wanted, **options):
    """Get one picture."""
    return serve(root, lambda pictures: pictures.get(*wanted), **options)


def shown(picture):
    assert isinstance(picture, Picture), picture
    return Image.open(io.BytesIO(picture.body))


def process_of(pictures):
    """The process of the only reader, once it has started."""
    slot = pictures._readers[0].start()
    return slot._context.started[0].pid


@pytest.mark.parametrize("side", [160, 320, 640])
def test_a_small_picture_fits_into_its_side(root, side):
    wanted = put(root, "Cat/large.jpg", jpeg(1, (1000, 500)))
    picture = get(root, *wanted, side)
    assert picture.media_type == "image/webp"
    assert (shown(picture).format, shown(picture).size) == ("WEBP", (side, side // 2))


def test_a_picture_is_turned_as_its_exif_tag_says_and_carries_no_metadata(root):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera"
    wanted = put(root, "Cat/turned.jpg", jpeg(1, (300, 100), exif=exif, comment=b"a secret"))
    for side, size in ((160, (53, 160)), (FULL_PX, (100, 300))):
        picture = get(root, *wanted, side)
        assert shown(picture).size == size
        assert not shown(picture).getexif()
        for secret in (b"a camera", b"a secret", b"Exif"):
            assert secret not in picture.body


def test_a_picture_of_full_size_is_a_fine_jpeg(root):
    wanted = put(root, "Cat/large.png", encode(scene(1, (1000, 500)), "PNG"))
    picture = shown(get(root, *wanted, FULL_PX))
    assert (picture.format, picture.size) == ("JPEG", (1000, 500))
    assert {layer[1:3] for layer in picture.layer} == {(1, 1)}  # no colour is shared by pixels


def test_a_picture_of_full_size_has_a_bound(root):
    wanted = put(root, "Cat/wide.png", encode(Image.new("RGB", (8000, 1000)), "PNG"))
    assert shown(get(root, *wanted, FULL_PX)).size == (4096, 512)


def test_a_picture_of_few_pixels_is_shown_exactly(root):
    drawn = draw(1, (500, 400))
    wanted = put(root, "Cat/few.png", encode(drawn, "PNG"))
    picture = shown(get(root, *wanted, FULL_PX))
    assert picture.format == "PNG"
    assert picture.tobytes() == drawn.tobytes()


def test_a_picture_that_is_larger_than_one_answer_comes_whole(root):
    wanted = put(root, "Cat/noise.png", encode(Image.effect_noise((3000, 2000), 90), "PNG"))
    picture = get(root, *wanted, FULL_PX)
    assert len(picture.body) > 2**21
    assert shown(picture).load() is not None


def test_bytes_of_the_file_never_reach_the_page(root):
    wanted = put(root, "Cat/tail.jpg", jpeg(1, (300, 200)) + b"<script>alert(1)</script>")
    for side in (160, FULL_PX):
        assert b"script" not in get(root, *wanted, side).body


@pytest.mark.parametrize(("path", "why"), [
    ("Cat/gone.jpg", "No such file"), ("Cat/text.jpg", "not a picture"), ("Cat/cut.jpg", ""),
    ("../Pets/Cat/0.jpg", "not a path inside"), ("/etc/hostname", "not a path inside"), ("Cat", ""),
])  # fmt: skip
def test_a_file_that_cannot_be_shown_says_why(root, path, why):
    put(root, "Cat/text.jpg", b"hello")
    put(root, "Cat/cut.jpg", jpeg(1)[:2000])
    place = root / path
    sha256 = digest(place.read_bytes()) if place.is_file() and ".." not in path else "0" * 64
    found = get(root, path, sha256, 160)
    assert isinstance(found, NoPicture)
    assert found.reason is Reason.UNREADABLE
    assert why in found.why


def test_a_file_that_changed_since_the_audit_is_not_shown(root):
    wanted = known(root, "Cat/0.jpg")
    put(root, "Cat/0.jpg", jpeg(77))
    for side in (160, FULL_PX):
        assert get(root, *wanted, side) == NoPicture("changed since the audit: its bytes differ")


def test_a_file_that_the_audit_did_not_read_is_not_shown(root):
    assert isinstance(get(root, "Cat/0.jpg", "", 160), NoPicture)


def test_a_link_out_of_the_data_set_is_not_followed(root, tmp_path):
    outside = tmp_path / "outside"
    sha256 = put(outside, "x.jpg", jpeg(5))[1]
    (root / "Cat" / "link.jpg").symlink_to(outside / "x.jpg")
    assert isinstance(get(root, "Cat/link.jpg", sha256, 160), NoPicture)
    reach = Reach(root, follow=True, folders=(outside,))
    assert isinstance(get(reach, "Cat/link.jpg", sha256, 160), Picture)


@pytest.mark.parametrize("side", [0, -1, 161, 10**9])
def test_other_sizes_are_wrong_usage(root, side):
    with pytest.raises(ValueError, match="no such size"):
        get(root, *known(root, "Cat/0.jpg"), side)


def test_pictures_in_containers_are_shown(root, tmp_path):
    files = files_of(root)
    packed = tmp_path / "packed"
    make_tar(packed / "a.tar", files)
    make_zip(packed / "b.zip", files)
    sha256 = digest(files["Cat/0.jpg"])
    for path in ("a.tar/Cat/0.jpg", "b.zip/Cat/0.jpg"):
        assert isinstance(get(packed, path, sha256, 160), Picture)
    assert isinstance(get(packed / "a.tar", "Cat/0.jpg", sha256, 160), Picture)


def test_pictures_in_a_bucket_are_shown_and_fetched_once_each(root, monkeypatch, tmp_path):
    with buckets.serving() as moto:
        buckets.use(monkeypatch, moto.url)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
        store = moto.make()
        store.put_folder(root, "Pets")
        state = bucket_state.open_data_set(f"s3://{store.name}/Pets")
        try:
            moto.log.clear()
            wanted = [known(root, f"Cat/{number}.jpg") for number in range(12)]

            async def use(pictures):
                missing = pictures.get("Cat/gone.jpg", "0" * 64, 160)
                return await asyncio.gather(missing, *(pictures.get(*one, 160) for one in wanted))

            missing, *found = serve(state.reach(), use)
            assert "since the bucket was listed" in missing.why
            assert {shown(picture).format for picture in found} == {"WEBP"}
            assert moto.count("Cat/")["GET"] in {12, 13}
        finally:
            bucket_state.close_all()


def test_a_picture_that_is_asked_for_twice_is_made_once(root):
    wanted = known(root, "Cat/0.jpg")

    async def use(pictures):
        found = await asyncio.gather(*(pictures.get(*wanted, 160) for _ in range(5)))
        return found, pictures.made

    found, made = serve(root, use)
    assert made == 1
    assert len({picture.body for picture in found}) == 1


def compared(root, use):
    """Compare a picture with a crop of it; return what came of it, and what readers were asked."""
    picture, asked = scene(3, (480, 360)), []
    first = put(root, "Cat/whole.png", encode(picture, "PNG"))
    second = put(root, "Cat/part.png", encode(picture.crop((24, 18, 456, 342)), "PNG"))

    async def watched(pictures):
        read = pictures._read
        pictures._read = lambda wanted: asked.append(wanted) or read(wanted)
        return await use(pictures, first, second)

    return serve(root, watched), asked


def test_two_pictures_are_aligned_once_for_all_that_is_shown_of_them(root):
    async def use(pictures, first, second):
        shown = [await pictures.compare(first, second, show) for show in WITHOUT_WORDS]
        words = await pictures.compare(first, second, Show.WORDS)
        again = [await pictures.compare(first, second, show) for show in WITHOUT_WORDS]
        return words, shown, again

    (words, shown, again), asked = compared(root, use)
    assert json.loads(words.body)["aligned"]
    assert [bool(one.placed) for one in asked] == [False, False, False, True, True]
    assert [one.body for one in shown] == [one.body for one in again]


@pytest.mark.parametrize(
    "placed", ['"x"', "[1]", "[9,1,1,0,0,0,1,0,0,0,1]", "[NaN,1,1,0,0,0,1,0,0,0,1]",
               "[0,1,1e9,0,0,0,1e9,0,0,0,1]", "[0,1,0,0,0,0,0,0,0,0,0]"]
)  # fmt: skip
def test_a_reader_that_lies_about_how_pictures_lie_harms_nothing(root, placed):
    async def use(pictures, first, second):
        pictures._note_placed((first[1], second[1]), f'{{"placed":{placed}}}'.encode())
        shown = await pictures.compare(first, second, Show.LAID_OVER)
        assert isinstance(shown, Picture | NoPicture)
        return await pictures.get(*first, 160)

    found, _ = compared(root, use)
    assert isinstance(found, Picture)


def test_the_newest_request_is_answered_first(root):
    order = []

    async def one(pictures, number):
        await pictures.get(*known(root, f"Cat/{number}.jpg"), 160)
        order.append(number)

    async def use(pictures):
        await asyncio.gather(*(one(pictures, number) for number in (*range(10), 3)))

    serve(root, use)
    assert order[:3] == [0, 3, 3]  # the first is in work at once; the other was asked for again
    assert order[3:] == [9, 8, 7, 6, 5, 4, 2, 1]


def test_what_nobody_waits_for_any_more_is_not_made(root):
    async def use(pictures):
        tasks = [
            asyncio.ensure_future(pictures.get(*known(root, f"Cat/{number}.jpg"), 160))
            for number in range(10)
        ]
        shared = asyncio.ensure_future(pictures.get(*known(root, "Cat/5.jpg"), 160))
        await asyncio.sleep(0)
        for task in tasks[1:]:
            task.cancel()
        found = await tasks[0], await shared
        while pictures._jobs:
            await asyncio.sleep(0.01)
        return *found, pictures.made

    first, shared, made = serve(root, use)
    assert isinstance(first, Picture)
    assert isinstance(shared, Picture)
    assert made == 2


def test_of_too_many_requests_the_oldest_are_given_up(root):
    async def use(pictures):
        return await asyncio.gather(
            *(pictures.get(*known(root, f"Cat/{number}.jpg"), 160) for number in range(10))
        )

    found = serve(root, use, most_waiting=4)
    busy = [number for number, one in enumerate(found) if isinstance(one, NoPicture)]
    assert busy == [1, 2, 3, 4, 5]
    assert {found[number].reason for number in busy} == {Reason.BUSY}


def test_a_reader_that_was_killed_is_replaced(root):
    async def use(pictures):
        before = await pictures.get(*known(root, "Cat/0.jpg"), 160)
        os.kill(process_of(pictures), signal.SIGKILL)
        return before, await pictures.get(*known(root, "Cat/1.jpg"), 160)

    assert all(isinstance(one, Picture) for one in serve(root, use))


def test_a_picture_whose_reader_is_killed_once_is_made_all_the_same(root):
    async def use(pictures):
        pid = await asyncio.to_thread(process_of, pictures)
        os.kill(pid, signal.SIGSTOP)
        asking = asyncio.ensure_future(pictures.get(*known(root, "Cat/0.jpg"), 160))
        await asyncio.sleep(0.2)
        os.kill(pid, signal.SIGKILL)
        return await asking

    assert isinstance(serve(root, use), Picture)


def test_a_reader_that_hangs_is_ended(root):
    async def use(pictures):
        pid = await asyncio.to_thread(process_of, pictures)
        os.kill(pid, signal.SIGSTOP)
        hung = await pictures.get(*known(root, "Cat/0.jpg"), 160)
        return hung, is_running(pid), await pictures.get(*known(root, "Cat/1.jpg"), 160)

    hung, running, after = serve(root, use, timeout_s=5)
    assert (hung.reason, hung.why) == (Reason.HARMFUL, "reading it takes over 5 s")
    assert not running
    assert isinstance(after, Picture)


@pytest.fixture
def poisonous(tmp_path, monkeypatch):
    """Let some names do to a reader what a bug of a decoder would; return the tries."""
    tries = tmp_path / "tries"
    tries.mkdir()
    (tmp_path / "poisonous.py").write_text(
        "import os\n"
        "from catsclean.reviewing.server.reader_process import make_part\n"
        "def poisoned(task, begin):\n"
        "    name = task[1].path\n"
        "    if name == 'Cat/1.jpg': os._exit(66)\n"
        "    if name == 'Cat/2.jpg': os.abort()\n"
        "    while name == 'Cat/3.jpg': pass\n"
        "    if name == 'Cat/4.jpg': raise KeyError('a bug')\n"
        "    if name == 'Cat/5.jpg': raise MemoryError\n"
        "    return make_part(task, begin)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import poisonous

    monkeypatch.setattr(reader_process, "make_part", poisonous.poisoned)
    yield
    sys.modules.pop("poisonous")


@pytest.mark.usefixtures("poisonous")
def test_a_poisonous_picture_harms_nothing_else(root):
    async def use(pictures):
        return await asyncio.gather(
            *(pictures.get(*known(root, f"Cat/{number}.jpg"), 160) for number in range(12))
        )

    found = serve(root, use, timeout_s=5)
    for number, why in {1: "crashes", 2: "crashes", 3: "over 5 s"}.items():
        assert why in found[number].why
        assert found[number].reason is Reason.HARMFUL
    for number, why in {4: "a bug", 5: "memory"}.items():
        assert why in found[number].why
        assert found[number].reason is Reason.UNREADABLE
    assert all(isinstance(found[number], Picture) for number in (0, *range(6, 12)))


@pytest.mark.usefixtures("poisonous")
def test_a_poisonous_picture_is_not_tried_again_soon(root):
    async def use(pictures):
        first = await pictures.get(*known(root, "Cat/1.jpg"), 160)
        pid = await asyncio.to_thread(process_of, pictures)
        again = await pictures.get(*known(root, "Cat/1.jpg"), 320)
        return first, again, is_running(pid)

    first, again, running = serve(root, use)
    assert first == again
    assert running


def test_a_picture_that_needs_too_much_memory_harms_nothing(root):
    wanted = put(root, "Cat/huge.png", encode(Image.new("RGB", (6000, 6000)), "PNG"))

    async def use(pictures):
        return await pictures.get(*wanted, FULL_PX), await pictures.get(
            *known(root, "Cat/0.jpg"), 160
        )

    huge, after = serve(root, use, limits=Limits(memory_bytes=60 * 2**20))
    assert isinstance(huge, NoPicture)
    assert isinstance(after, Picture)


def test_a_file_beyond_a_limit_is_not_shown(root):
    limits = Limits(max_pixels=1_000)
    assert "pixels" in get(root, *known(root, "Cat/0.jpg"), 160, limits=limits).why


def test_the_end_leaves_no_process_and_nobody_waiting(root):
    async def use(pictures):
        pid = await asyncio.to_thread(process_of, pictures)
        os.kill(pid, signal.SIGSTOP)
        asking = [
            asyncio.ensure_future(pictures.get(*known(root, f"Cat/{number}.jpg"), 160))
            for number in range(5)
        ]
        await asyncio.sleep(0.1)
        await pictures.__aexit__()
        return (
            pid,
            await asyncio.gather(*asking),
            await pictures.get(*known(root, "Cat/9.jpg"), 160),
        )

    pid, found, late = serve(root, use)
    assert not is_running(pid)
    assert {one.reason for one in (*found, late)} == {Reason.BUSY}
    until = time.monotonic() + HANG_S
    while any("catsclean picture" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_small_picture_is_made_once_for_all_times_and_names(root, tmp_path):
    cache = tmp_path / "state" / "thumbnails.sqlite"
    cache.parent.mkdir()
    path, sha256 = known(root, "Cat/0.jpg")

    async def use(pictures):
        found = [await pictures.get(path, sha256, side) for side in (160, 320, 160)]
        return found, pictures.made

    found, made = serve(root, use, cache=cache)
    assert made == 2
    (root / path).rename(root / "Cat/renamed.jpg")

    async def use_again(pictures):
        return await pictures.get("Cat/renamed.jpg", sha256, 160), pictures.made

    assert serve(root, use_again, cache=cache) == (found[0], 0)


def test_a_picture_of_full_size_is_not_kept(root, tmp_path):
    cache = tmp_path / "thumbnails.sqlite"
    wanted = known(root, "Cat/0.jpg")

    async def use(pictures):
        for _ in range(2):
            await pictures.get(*wanted, FULL_PX)
        return pictures.made

    assert serve(root, use, cache=cache) == 2


def test_two_services_share_one_cache(root, tmp_path):
    cache = tmp_path / "thumbnails.sqlite"
    wanted = [known(root, f"Cat/{number}.jpg") for number in range(12)]

    async def use(one):
        async with PictureService(root, cache, readers=1) as other:
            both = [p.get(*each, 160) for each in wanted for p in (one, other)]
            found = await asyncio.gather(*both)
            one.made = other.made = 0
            again = await asyncio.gather(
                *(p.get(*each, 160) for each in wanted for p in (one, other))
            )
            return found, again, one.made + other.made

    found, again, made = serve(root, use, cache=cache)
    assert all(isinstance(one, Picture) for one in found)
    assert found == again
    assert made == 0


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "*"])
def test_the_cache_may_be_deleted_at_any_time(root, tmp_path, ending):
    cache = tmp_path / "thumbnails.sqlite"

    async def use(pictures):
        before = await pictures.get(*known(root, "Cat/0.jpg"), 160)
        for path in tmp_path.glob(f"thumbnails.sqlite{ending}"):
            path.unlink()
        after = [await pictures.get(*known(root, f"Cat/{number}.jpg"), 160) for number in range(12)]
        return before, after

    before, after = serve(root, use, cache=cache)
    assert before == after[0]
    assert all(isinstance(one, Picture) for one in after)
