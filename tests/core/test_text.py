from catsclean.core.text import count


def test_one_is_one_and_all_others_are_many():
    texts = [count(1, "file"), count(0, "file"), count(2_000, "class", "classes")]
    assert texts == ["1 file", "0 files", "2,000 classes"]
