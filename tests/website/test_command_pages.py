import pytest

from catsclean.cli.commands import Commands, command_names
from website import command_pages

PAGES = command_pages.render_pages()


def test_every_command_has_a_page_in_the_navigation():
    linked = {path for entry in command_pages.navigation() for path in entry.values()}
    assert linked == set(PAGES) == {f"commands/{name}.md" for name in command_names()}


@pytest.mark.parametrize("name", command_names())
def test_a_page_has_every_option_and_argument(name):
    command = Commands(name="catsclean").get_command(None, name)
    context = command.make_context(name, [], resilient_parsing=True)
    for parameter in command.get_params(context):
        words = parameter.opts if parameter.param_type_name == "option" else [parameter.metavar]
        for word in words:
            assert word in PAGES[f"commands/{name}.md"], word


def test_a_page_begins_with_the_call_and_ends_with_a_link_into_the_docs():
    page = PAGES["commands/split.md"]
    assert "```text\ncatsclean split [OPTIONS] [FOLDER]\n```" in page
    assert "$ catsclean split PetImages" in page
    assert page.endswith("More: [splitting](../splitting.md)\n")


def test_the_table_of_commands_gets_a_link_for_each_command():
    text = "| `audit FOLDER` | checks |\n| `no-command X` | |\n| 0 | `audit` |\n"
    assert command_pages.with_links(text) == (
        "| [`audit FOLDER`](commands/audit.md) | checks |\n| `no-command X` | |\n| 0 | `audit` |\n"
    )
