import pytest

from website.repository_links import for_site

REPOSITORY = "https://github.com/catsclean/catsclean"


@pytest.mark.parametrize(
    ("source", "link", "on_site"),
    [
        ("docs/labels.md", "../catsclean/validators/zero_length.py", "validators/zero-length.md"),
        ("docs/a/b.md", "../../catsclean/cli/train_baseline_command.py",
         "../commands/train-baseline.md"),
        ("docs/labels.md", "cleaning.md#another-label", "cleaning.md#another-label"),
        ("docs/a/b.md", "../cleaning.md", "../cleaning.md"),
        ("docs/labels.md", "../SECURITY.md#promised", "security.md#promised"),
        ("SECURITY.md", "docs/dependencies.md", "dependencies.md"),
        ("docs/labels.md", "../examples/README.md", f"{REPOSITORY}/blob/main/examples/README.md"),
        ("docs/labels.md", "../catsclean/validators", f"{REPOSITORY}/tree/main/catsclean/validators"),
        ("docs/labels.md", "../catsclean/validators/base.py",
         f"{REPOSITORY}/blob/main/catsclean/validators/base.py"),
        ("docs/labels.md", "#tables", "#tables"),
        ("docs/labels.md", "https://a.b/c.md", "https://a.b/c.md"),
    ],
)  # fmt: skip
def test_a_link_of_the_repository_leads_to_the_same_thing_on_the_site(source, link, on_site):
    assert for_site(f"see [it]({link}).", source) == f"see [it]({on_site})."


def test_a_link_to_nothing_is_an_error():
    with pytest.raises(FileNotFoundError, match=r"docs/a\.md links to \.\./nothing\.py"):
        for_site("[x](../nothing.py)", "docs/a.md")


def test_comments_are_dropped_and_fences_stay_as_they_are():
    text = (
        "<!-- not run: why -->\n```md\n[x](../nothing.py) <!-- kept -->\n```\n<!-- a\nb -->\nend\n"
    )
    assert for_site(text, "docs/a.md") == "```md\n[x](../nothing.py) <!-- kept -->\n```\nend\n"
