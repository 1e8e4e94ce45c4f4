"""An option that a command does not have leads to the one that was meant."""

import pytest


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("clean", "x", "--aply"), "No such option: --aply. Did you mean '--apply'? Try:"),
        (("audit", "x", "--exlude", "y"), "Did you mean '--exclude'?"),
        (("clean", "x", "--keep", "y"), "decide so in catsclean review, or in a decisions file"),
        (("clean", "x", "--dry-run"), "Without --apply, nothing is changed"),
        (("audit", "x", "--zzz"), "No such option: --zzz. Try: catsclean audit --help"),
    ],
)
def test_an_unknown_option_says_what_to_use(run, arguments, said):
    done = run(*arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
