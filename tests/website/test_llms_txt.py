from website import llms_txt


def test_the_file_has_a_title_a_summary_and_sections_of_links():
    text = llms_txt.render(
        "A linter.",
        {"Guides": [("Clean", "https://a/clean/", "Move files."), ("B", "https://a/b/", "")]},
    )
    assert text.startswith("# catsclean\n\n> A linter.\n")
    assert text.endswith(
        "## Guides\n\n- [Clean](https://a/clean/): Move files.\n- [B](https://a/b/)\n"
    )


def test_a_summary_is_the_first_sentence_of_prose_without_markup():
    text = "# Title\n\n| a | b |\n|---|---|\n\n**Bold** and [a link](x.md) with\n`code`. More.\n"
    assert llms_txt.summary_of(text) == "Bold and a link with code."
    assert llms_txt.summary_of("# Title\n") == ""
    assert llms_txt.heading_of(text) == "Title"
