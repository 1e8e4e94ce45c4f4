"""What holds for every repair."""

from pathlib import Path

from catsclean.cleaning.repair_choice import STRIPS
from catsclean.cleaning.repairs.repair import all_repairs
from catsclean.validators.registry import all_validators

PAGE = Path(__file__).parents[3] / "docs/repair.md"


def test_every_repair_is_offered_by_a_validator_or_an_option_and_no_other_is():
    offered = {kind.repair for kind in all_validators().values()} - {""}
    assert offered | set(STRIPS.values()) == set(all_repairs())


def test_every_repair_is_named_for_its_module_and_stands_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    for name, repair in all_repairs().items():
        assert type(repair).__module__.rpartition(".")[2] == name.replace("-", "_")
        assert f"| `{name}` |" in page
        assert repair.summary


def test_every_validator_with_a_repair_tells_of_it_on_its_page():
    for kind in all_validators().values():
        if kind.repair:
            assert "catsclean fix" in kind.page(), kind.name
