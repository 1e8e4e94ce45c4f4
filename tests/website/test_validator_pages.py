import re

from catsclean.validators.installed import own_modules
from website import validator_pages


def test_every_validator_has_a_page():
    names = {name.replace("_", "-") for name in own_modules()}
    pages = validator_pages.render_pages()
    assert {f"validators/{name}.md" for name in names} == set(pages)
    assert all(text.startswith(f"# {path[11:-3]}\n") for path, text in pages.items())


def test_the_index_names_each_validator_by_family_and_by_severity():
    tables, by_severity = validator_pages.render_index().split("## By severity")
    pages = set(validator_pages.render_pages())
    for part in (tables, by_severity):
        assert sorted(re.findall(r"\]\((validators/\S+\.md)\)", part)) == sorted(pages)


def test_the_navigation_leads_to_each_page():
    entries = [own for family in validator_pages.navigation() for own in family.values()]
    linked = {path for members in entries for member in members for path in member.values()}
    assert linked == set(validator_pages.render_pages())
