"""``catsclean log``."""

from __future__ import annotations

from catsclean.cli import options


def command(path: options.OptionalRoot = None, state_dir: options.StateDir = None) -> None:
    """List what was cleaned and undone; a run that was cut short is completed first."""
    from catsclean.cleaning import cleaning_log, recover, without_record
    from catsclean.cli.showing import find_state, say, show_table
    from catsclean.errors import CleaningError, StateError
    from catsclean.reading import names

    state = find_state(path, state_dir)
    said = ""
    try:
        recovery = recover(state)
    except (CleaningError, StateError) as error:
        # the log can be read while another command works, and what cannot be completed is listed
        said = str(error)
    else:
        said = str(recovery or "")
    runs = cleaning_log(state)
    say(said, hidden=not said)
    lost = without_record(state)
    for place in lost:
        say(f"No journal tells of the files in {names.text(str(place))}: bring them back by hand.")
    if not runs:
        if not lost:
            say("Never cleaned.")
        return
    show_table(
        "Runs",
        ("Run", "State", "Moved", "Restored", "Refused", "Kept", "Asked by"),
        [
            (
                run.run,
                run.state.value,
                f"{run.outcomes.get('moved', 0):,}",
                f"{run.outcomes.get('restored', 0):,}",
                f"{run.outcomes.get('refused', 0):,}",
                f"{run.kept:,}",
                ", ".join(f"{name} {count:,}" for name, count in sorted(run.validators.items())),
            )
            for run in runs
        ],
    )
    refused = [(run.run, path_, why) for run in runs for path_, why in run.refused]
    if refused:
        show_table("Not done", ("Run", "File", "Why"), refused)
