# ruff: noqa: E501
"""The page docs/trust.md, from the figures."""

from __future__ import annotations

from typing import Any

from benchmarks.trust import mutation_groups

_TITLES = {
    "coverage": "Lines and branches that the tests reach",
    "mutation": "Mutants that the tests notice",
    "faults": "Faults and power cuts",
    "fuzzing": "Inputs of the fuzzers",
}
_MOST_NAMED = 40
_BEGIN = "<!-- figures: python3 dev.py trust writes them -->"
_END = "<!-- end of figures -->"


def write(found: dict[str, Any]) -> str:
    """Write the page."""
    parts = [
        "# Trust",
        (
            "How far the promises of [SECURITY.md](../SECURITY.md) were tried, in figures."
            " `python3 dev.py trust` measures them\nand writes this page, which takes an hour;"
            " `--only mutation` measures one part, and the others stay. `trust.json` has\nall"
            " figures, with the names of what is missing. Each part says how, when and where it was"
            " measured."
        ),
        summary(found),
    ]
    for name, make in _SECTIONS.items():
        if name in found:
            parts.append(f"## {_TITLES[name]}\n\n{make(found[name])}\n\n{_origin(found[name])}")
    return "\n\n".join(parts) + "\n"


def summary(found: dict[str, Any]) -> str:
    """Write the figures of each part as a table."""
    rows = ["| what | figure |", "|---|---|"]
    if coverage := found.get("coverage"):
        share = _share(coverage["packages"].values(), "covered_branches", "num_branches")
        rows.append(
            f"| branches that the tests reach, in {_list(coverage['packages'])} | {share} |"
        )
    if mutation := found.get("mutation"):
        tried = mutation["noticed"] + len(mutation["left"])
        rows.append(f"| of {tried:,} mutants, noticed by the tests | {mutation['score']:.1%} |")
    if faults := found.get("faults"):
        rows.append(
            f"| of {faults['tried']:,} faults and power cuts, ended badly | {len(faults['bad'])} |"
        )
    if fuzzing := found.get("fuzzing"):
        rows.append(f"| inputs tried by the fuzzers, all runs together | {inputs(fuzzing):,} |")
        if differential := fuzzing.get("differential"):
            wrong = differential["clean_but_refused"]
            rows.append(
                f"| of {differential['mutants']:,} damaged pictures, called clean although"
                f" TensorFlow refuses them | {wrong} |"
            )
    return "\n".join(rows)


def with_figures(security: str, found: dict[str, Any]) -> str:
    """Return the text of SECURITY.md with the figures in their place."""
    before, begin, rest = security.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    return f"{before}{begin}\n\n{summary(found)}\n\n{end}{after}"


def inputs(fuzzing: dict[str, Any]) -> int:
    """Return how many inputs all runs have tried."""
    earlier = fuzzing.get("earlier", {}).get("inputs", 0)
    return int(earlier) + sum(int(one["inputs"]) for one in fuzzing["targets"].values())


def unreached(part: dict[str, Any]) -> str:
    """Say how much is not reached with a reason, and where the rest is."""
    parts = []
    if explained := part.get("explained"):
        lines, branches = _number(explained, "lines"), _number(explained, "branches")
        parts.append(
            f"{lines} lines and {branches} branches that no test reaches are exceptions with a reason"
            " (another operating system or\nfile system, a race), which `benchmarks/trust/uncovered.json`"
            " names."
        )
    if missing := part["missing"]:
        by_file = sorted(
            missing.items(), key=lambda one: -len(one[1]["lines"]) - len(one[1]["branches"])
        )
        parts.append(
            f"Without a reason, no test reaches {_number(missing, 'lines')} lines and"
            f" {_number(missing, 'branches')} branches, by file (lines, branches): "
            + ", ".join(
                f"`{file.removeprefix('catsclean/')}` ({len(one['lines'])}, {len(one['branches'])})"
                for file, one in by_file
            )
            + "."
        )
    if stale := part.get("stale"):
        parts.append(
            "Exceptions that explain nothing any more:\n"
            + "".join(f"\n- `{_line(one)}`" for one in stale)
        )
    return "".join(f"\n\n{one}" for one in parts)


def _coverage(part: dict[str, Any]) -> str:
    rows = ["| package | lines | reached | branches | reached |", "|---|---|---|---|---|"]
    for package, one in part["packages"].items():
        lines = _share([one], "covered_lines", "num_statements")
        branches = _share([one], "covered_branches", "num_branches")
        rows.append(
            f"| {package} | {one['num_statements']:,} | {lines} | {one['num_branches']:,} | {branches} |"
        )
    text = (
        f"Measured by coverage.py while {part['tests']:,} tests of these packages run, all but the"
        " slowest: what they reach in their\nown process, in the programs that they start, and in the"
        " worker processes, which send it through a socket because they\ncannot write. What a worker"
        " reached before it was killed in the middle of a task is not counted.\n\n"
    )
    return text + "\n".join(rows) + unreached(part)


def _number(files: dict[str, Any], kind: str) -> int:
    return sum(len(one[kind]) for one in files.values())


def _line(code: str) -> str:
    return " ".join(code.split())


def _mutation(part: dict[str, Any]) -> str:
    text = (
        "A mutant is the code with one small change: `<=` in place of `<`, a statement or an argument"
        " left out, a number one\nhigher. The tests that reach the place run on each mutant; a mutant"
        " that none of them notices shows what they do\nnot check. The modules are those that can lose"
        f" data or pass a bad file, with {part['sample']} mutants each, chosen by a fixed seed\n(all, where"
        " a module has fewer). Texts, docstrings and limits that no real file comes near are not mutated."
        " Mutants that change nothing\nthat can be seen do not count; `benchmarks/trust/"
        "equivalent_mutants.json` names them, with the reason.\n\n"
    )
    rows = [
        "| module | noticed | by a timeout | not noticed | not counted | score |",
        "|---|---|---|---|---|---|",
    ]
    for path, counts in sorted(part["modules"].items()):
        noticed = counts.get("killed", 0) + counts.get("timed out", 0)
        left = counts.get("survived", 0) + counts.get("unreached", 0)
        score = f"{noticed / (noticed + left):.0%}" if noticed + left else ""
        rows.append(
            f"| {path.removeprefix('catsclean/')} | {noticed} | {counts.get('timed out', 0)} | {left} |"
            f" {counts.get('equivalent', 0)} | {score} |"
        )
    floor = (
        f"\n\nThe CI tries {mutation_groups.FEW} mutants of each module and fails if fewer than"
        f" {mutation_groups.FLOOR:.0%} are noticed."
    )
    return text + "\n".join(rows) + floor


def _faults(part: dict[str, Any]) -> str:
    text = (
        "`tests/injection` lets one call to the file system fail, lie, write only a part, or be the last"
        " one before the process\nis killed or the power goes; then it runs what a user would run next,"
        " and looks at the disk. A point is bad if a\npicture is lost or comes back with other bytes,"
        " mode, time or attributes, if something is left behind, if the numbers\ndo not add up, or if"
        " there is a traceback. Its README says more.\n\n"
    )
    rows = ["| scenario | faults | power cuts | bad |", "|---|---|---|---|"]
    rows += [
        f"| {name} | {one['points']:,} | {one['power_cuts']:,} | {len(one['bad'])} |"
        for name, one in part["scenarios"].items()
    ]
    bad = "".join(f"\n- `{name}`" for name in part["bad"][:_MOST_NAMED])
    return text + "\n".join(rows) + (f"\n\nBad points:\n{bad}" if bad else "")


def _fuzzing(part: dict[str, Any]) -> str:
    text = (
        "libFuzzer, by atheris, tries inputs that reach new code (`tests/fuzzing`). The figures are those"
        " of all runs together.\n\n"
    )
    rows = ["| target | inputs | broken promises |", "|---|---|---|"]
    rows += [
        f"| {name} | {one['inputs']:,} | {len(one['broken'])} |"
        for name, one in part["targets"].items()
    ]
    if earlier := part.get("earlier"):
        rows.append(f"| {earlier['what']} | {earlier['inputs']:,} | 0 |")
    if differential := part.get("differential"):
        rows.append(
            f"\nOf {differential['mutants']:,} structural mutants of pictures, judged by catsclean and"
            f" by TensorFlow:\n{differential['clean_but_refused']} were called clean although TensorFlow"
            f" refuses them, {differential['moved_but_decoded']} would be moved although\nTensorFlow"
            f" decodes them, {differential['ended_the_worker']} ended the process that asked."
        )
    return text + "\n".join(rows)


_SECTIONS = {"coverage": _coverage, "mutation": _mutation, "faults": _faults, "fuzzing": _fuzzing}


def _origin(part: dict[str, Any]) -> str:
    measured = part["measured"]
    return (
        f"`{part['command']}`, {measured['date']}; {measured['machine']}; {measured['versions']}."
        f"{' ' + part['caveat'] if 'caveat' in part else ''}"
    )


def _share(parts: Any, some: str, all_of: str) -> str:
    parts = list(parts)
    total = sum(one[all_of] for one in parts)
    return f"{sum(one[some] for one in parts) / total:.1%}" if total else ""


def _list(names: Any) -> str:
    *some, last = names
    return f"{', '.join(some)} and {last}" if some else last
