from catsclean import Validator
from catsclean.core.site_address import SITE
from catsclean.reports.validator_page import address_of, render_page
from catsclean.validators.registry import all_validators


def test_a_page_states_family_severity_fix_default_and_options():
    page = render_page(all_validators()["trailing-data"])
    assert page.startswith("# trailing-data\n\nFind ")
    for fact in ("Family: file", "Severity: note", "Fix: none", "Default: off", "## Options"):
        assert fact in page
    assert "| `min_bytes` | int, 0 or more | `1` |" in page


def test_a_page_says_what_fix_can_do_and_for_which_programs():
    repairs = {name: render_page(kind) for name, kind in all_validators().items()}
    assert (
        "- Repair: `catsclean fix`, `first-frame`: keep the first picture only\n"
        in repairs["multi-frame"]
    )
    assert "- Repair: none\n" in repairs["zero-length"]
    assert (
        "`catsclean fix`, `make-loadable`: encode again (`--for keras`)\n"
        in repairs["skipped-by-keras"]
    )


def test_headings_follow_the_level_that_is_asked_for():
    page = render_page(all_validators()["zero-length"], level=3)
    assert {line.split()[0] for line in page.splitlines() if line.startswith("#")} == {
        "###",
        "####",
    }


def test_our_validators_have_an_address_and_those_of_others_have_none():
    class Theirs(Validator):
        name = "theirs"

    assert address_of(all_validators()["zero-length"]) == f"{SITE}validators/zero-length/"
    assert address_of(Theirs) == ""
