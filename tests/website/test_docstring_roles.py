from website.docstring_roles import with_links, without_roles


def test_roles_become_names_in_code_type():
    text = "As :func:`~catsclean.audit`, :meth:`str.format` and ``x``; see :class:`Audit`."
    assert without_roles(text) == "As `audit`, `str.format` and `x`; see `Audit`."


def test_a_role_of_ours_becomes_a_link_that_may_be_missing():
    assert with_links(":class:`~catsclean.scan.scan.Progress`") == (
        '<autoref identifier="catsclean.scan.scan.Progress" optional><code>Progress</code></autoref>'
    )
    assert with_links(":meth:`str.format`") == "`str.format`"
