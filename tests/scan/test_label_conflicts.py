"""Two ways to read labels contradict each other: what is asked, and what is only mentioned."""

from catsclean.scan.label_conflicts import contradiction, note_of_names, question_of_names

PARTS = ["batch_1", "batch_1", "batch_2", "batch_2"]


def test_words_that_lie_in_several_numbered_parts_are_asked_about():
    question = question_of_names(["cat", "dog", "cat", "dog"], PARTS)
    assert "the folders may be the classes (batch_1, batch_2)" in question
    assert "the words that file names start with (cat, dog)" in question


def test_each_part_with_a_word_of_its_own_is_a_class():
    assert question_of_names(["cat", "cat", "dog", "dog"], PARTS) == ""


def test_files_without_a_word_or_a_folder_say_nothing():
    assert question_of_names(["cat", "", "cat", "dog"], ["batch_1", "batch_1", "", "batch_2"]) == ""


def test_folders_with_names_of_their_own_are_not_asked_about():
    assert question_of_names(["web", "own", "web", "own"], ["Cat", "Cat", "Dog", "Dog"]) == ""


def test_the_same_parts_under_other_names_are_no_contradiction():
    labels, folders = ["0", "0", "1"], ["Cat", "Cat", "Dog"]
    assert contradiction(labels, folders, ["1", "2", "3"], "metadata.csv") == ""
    assert note_of_names(labels, folders) == "file names give the same labels as the class folders"


def test_a_contradiction_names_a_picture_and_both_of_its_labels():
    labels, folders = ["Cat", "Dog", "Cat", "Dog"], ["Cat", "Cat", "Cat", "Dog"]
    said = contradiction(labels, folders, ["1", "2", "3", "4"], "metadata.csv")
    assert "1 picture, such as '2': 'Dog' and 'Cat'" in said
