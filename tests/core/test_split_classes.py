from catsclean.core.split_classes import find_partial_classes, numbered_otherwise


def test_a_class_that_only_one_split_has_is_told_with_its_pictures():
    counts = {"test": {"cat": 5, "wolf": 1200}, "train": {"cat": 9}, "val": {"cat": 3}}
    [wolf] = find_partial_classes(counts)
    assert (wolf.label, wolf.lacking) == ("wolf", ("train", "val"))
    assert str(wolf) == "no usable pictures in train and val (1,200 in test)"


def test_classes_in_all_splits_are_whole_even_if_spelled_in_another_way():
    assert not find_partial_classes({"train": {"cat": 1, "dog": 2}, "test": {"Cat": 3, "dog": 1}})


def test_a_class_without_pictures_counts_as_lacking_unless_it_is_known():
    counts = {"train": {"cat": 1, "dog": 2}, "test": {"cat": 3, "dog": 0}}
    assert [one.label for one in find_partial_classes(counts)] == ["dog"]
    assert not find_partial_classes(counts, {"test": ["cat", "dog"]})


def test_of_many_splits_a_few_are_named():
    counts = {f"fold{number}": {"cat": 1} for number in range(6)} | {"fold0": {"cat": 1, "dog": 1}}
    [dog] = find_partial_classes(counts)
    assert str(dog) == "no usable pictures in fold1, fold2, fold3 and 2 more (1 in fold0)"


def test_the_first_number_with_two_meanings_is_named():
    classes = {
        "test": ["wolf", "cat", "dog"],
        "val": ["cat", "dog"],
        "train": ["puppy", "dog", "cat"],
    }
    assert numbered_otherwise(classes) == (
        "class number 2 is puppy in train and wolf in test for Keras and torchvision"
    )


def test_a_class_at_the_end_changes_no_number():
    assert not numbered_otherwise({"train": ["cat", "dog", "wolf"], "val": ["cat", "dog"]})
    assert not numbered_otherwise({})


def test_two_spellings_of_a_class_are_no_two_classes_under_one_number():
    assert not numbered_otherwise({"train": ["cat", "dog"], "test": ["Cat", "dog", "wolf"]})
    assert numbered_otherwise({"train": ["cat", "puppy"], "test": ["Cat", "wolf"]}) == (
        "class number 1 is puppy in train and wolf in test for Keras and torchvision"
    )


def test_a_spelling_that_alone_changes_the_numbers_is_named_with_what_helps():
    classes = {"train": ["ant", "cat"], "test": ["Cat", "ant", "wolf"]}
    assert numbered_otherwise(classes) == (
        "class number 0 is ant in train and Cat in test for Keras and torchvision, which sort Cat"
        " and cat apart: name this class cat in all splits"
    )
    # the class at this number may be spelled alike
    classes = {"train": ["Cat", "ant"], "test": ["ant", "cat"]}
    assert numbered_otherwise(classes) == (
        "class number 0 is Cat in train and ant in test for Keras and torchvision, which sort cat"
        " and Cat apart: name this class Cat in all splits"
    )


def test_a_spelling_is_not_blamed_for_a_class_that_lacks():
    assert numbered_otherwise({"train": ["ant", "cat"], "test": ["Cat"]}) == (
        "class number 0 is ant in train and Cat in test for Keras and torchvision"
    )
