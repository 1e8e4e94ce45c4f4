"""What an audit says about content: found, kept, and never at the cost of anything else."""

import re

import embedders
import pytest

import catsclean
from catsclean.content import embedder_names
from catsclean.core.install_command import install_command
from catsclean.errors import ConfigError, MissingExtraError, UsageError
from catsclean.reports.tally import content_line

pytest.importorskip("onnxruntime", reason="the extra content is not installed")
CONTENT = ("likely-mislabelled", "outlier", "shortcut")


@pytest.fixture
def colours(tmp_path):
    return embedders.make_colours(tmp_path / "set", swapped=("red3.jpg", "blue7.jpg"))


def audit(root, embedder=None, **settings):
    settings.setdefault("select", CONTENT)
    settings.setdefault("workers", 2)
    return catsclean.audit(root, embedder=embedder or embedders.MeanColours(), **settings)


def paths_of(result, name):
    return {finding.path for finding in result.findings if finding.validator == name}


def test_swapped_labels_are_found_and_their_class_suggested(colours):
    result = audit(colours)
    assert paths_of(result, "likely-mislabelled") == {"Blue/red3.jpg", "Red/blue7.jpg"}
    [finding] = [f for f in result.findings if f.path == "Blue/red3.jpg"]
    assert finding.message.startswith("looks like Red (")
    assert len(finding.related) == 3
    assert all(path.startswith("Red/") for path in finding.related)


def test_the_audit_states_its_judge_and_how_good_it_is(colours):
    facts = audit(colours).summary["content"]
    assert facts["embedder"] == "colours"
    assert facts["judge"]["judged"] == 80
    assert facts["judge"]["accuracy"] == pytest.approx(78 / 80)
    assert facts["judge"]["reliable"]


def test_labels_dealt_at_random_are_not_judged_and_the_audit_says_so(tmp_path):
    swapped = [f"{colour}{n}.jpg" for colour in ("red", "blue") for n in range(0, 40, 2)]
    result = audit(embedders.make_colours(tmp_path / "set", swapped=swapped))
    assert not paths_of(result, "likely-mislabelled")
    assert "hardly more often than by chance" in result.summary["unjudged"]["likely-mislabelled"]


def test_an_unchanged_data_set_is_not_embedded_again(colours):
    first = audit(colours)
    # a crash would tell of an embedder that is asked again
    again = audit(colours, _as(embedders.Crashes, "colours"))
    assert again.findings == first.findings
    assert again.content.table.equals(first.content.table)


def _as(kind, name):
    embedder = kind()
    embedder.name = name
    return embedder


def test_renamed_and_copied_pictures_keep_their_vectors(colours):
    audit(colours)
    (colours / "Red/red5.jpg").rename(colours / "Red/renamed.jpg")
    (colours / "Red/copy.jpg").write_bytes((colours / "Red/red6.jpg").read_bytes())
    result = audit(colours, _as(embedders.Crashes, "colours"))
    assert not result.content.missing
    assert result.content.facts["embedded"] == 81


def test_only_new_pictures_are_embedded(colours):
    audit(colours)
    (colours / "Red/new.jpg").write_bytes(embedders.coloured("Red", 999))
    result = audit(colours)
    assert result.content.facts["embedded"] == 81


def test_pictures_of_a_cached_audit_are_embedded_when_content_is_asked_for_later(colours):
    catsclean.audit(colours, content=False)
    result = audit(colours)
    assert result.summary["files_read"] == 0
    assert result.content.facts["embedded"] == 80


def test_another_version_of_the_embedder_embeds_again(colours):
    audit(colours)
    newer = embedders.MeanColours()
    newer.version = "2" * 64
    assert audit(colours, newer).content.facts["embedder_version"] == "2" * 64


def test_a_changed_label_is_judged_again_without_embedding(colours):
    audit(colours)
    (colours / "Blue/red3.jpg").rename(colours / "Red/red3.jpg")
    result = audit(colours, _as(embedders.Crashes, "colours"))
    assert paths_of(result, "likely-mislabelled") == {"Red/blue7.jpg"}


def test_copies_that_share_a_wrong_label_do_not_hide_it(tmp_path):
    root = embedders.make_colours(tmp_path / "set", swapped=("red3.jpg",))
    data = (root / "Blue/red3.jpg").read_bytes()
    for number in range(12):
        (root / f"Blue/copy{number}.jpg").write_bytes(data)
    assert "Blue/red3.jpg" in paths_of(audit(root), "likely-mislabelled")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (embedders.Crashes, "crashed"),
        (embedders.CannotLoad, "the embedder cannot be loaded: no weights here"),
        (embedders.FailsToEmbed, "the embedder fails at a black picture: RuntimeError: no memory"),
        (embedders.CrashesAtLoad, "no worker starts"),
        (embedders.WrongShape, "must return one vector"),
        (embedders.NotFinite, "not finite"),
        (embedders.TakesAllMemory, "Unable to allocate"),
    ],
)
def test_a_broken_embedder_costs_one_line_and_no_verdict(colours, broken, reason):
    (colours / "Red/empty.jpg").touch()
    result = audit(colours, broken(), select=("zero-length", *CONTENT))
    assert reason in result.summary["unjudged"]["likely-mislabelled"]
    assert result.counts() == {"zero-length": 1}
    assert not result.incomplete
    assert result.summary["pictures"] == 80


@pytest.mark.parametrize("broken", [embedders.Hangs, embedders.Sleeps])
def test_an_embedder_that_never_answers_is_given_up(colours, broken, monkeypatch):
    monkeypatch.setattr("catsclean.core.limits._LEAST_PATIENCE_S", 1.0)
    limits = catsclean.Limits(timeout_s=0.05)
    result = audit(colours, broken(), limits=limits)
    assert "crashed" in result.summary["unjudged"]["likely-mislabelled"]
    assert result.summary["pictures"] == 80


def test_an_embedder_that_never_loads_is_given_up(colours, monkeypatch):
    monkeypatch.setattr("catsclean.scan.pool.dispatch._START_SECONDS", 3.0)
    result = audit(colours, embedders.HangsAtLoad(), limits=catsclean.Limits(timeout_s=60))
    assert "no worker starts" in result.summary["unjudged"]["likely-mislabelled"]
    assert result.summary["pictures"] == 80


def test_a_picture_at_which_the_embedder_raises_is_left_out_alone(colours):
    white = embedders.encode(embedders.Image.new("RGB", (64, 48), "white"))
    (colours / "Red/white.jpg").write_bytes(white)
    result = audit(colours, embedders.RaisesAtWhite())
    rows = result.content.rows
    [why] = rows["not_judged"][rows["path"] == "Red/white.jpg"]
    assert "too bright to see" in why
    assert result.content.facts["judge"]["judged"] == 80


def test_the_names_that_an_embedder_gives_are_kept_and_cannot_drive_a_terminal(colours):
    rows = audit(colours, embedders.NamedColours()).content.rows
    named = dict(zip(rows["path"], rows["likely_name"], strict=True))
    assert named["Blue/red3.jpg"] == "something red"
    assert named["Blue/blue3.jpg"] == "something \\x1b[1mblue"
    assert (rows["likely_name_probability"] > 0.5).all()


def test_an_embedder_without_names_names_nothing(colours):
    content = audit(colours).content
    assert set(content.rows["likely_name"]) == {""}
    assert not content.facts["odd"]["named"]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (embedders.RaisesAtNames, "no words for it"),
        (embedders.NamesTooLittle, "a name for each of 2 probabilities. Received: 1 names"),
    ],
)
def test_names_that_cannot_be_used_cost_nothing_but_the_names(colours, broken, reason):
    content = audit(colours, broken()).content
    assert reason in content.facts["odd"]["naming_failed"]
    assert set(content.rows["likely_name"]) == {""}
    assert content.facts["judge"]["judged"] == 80


def test_names_that_could_not_be_used_are_tried_again(colours):
    first = audit(colours, embedders.RaisesAtNames())
    assert "Odd pictures were judged without its names: " in content_line(first)
    mended = audit(colours, _as(embedders.NamedColours, embedders.RaisesAtNames.name))
    assert not mended.content.facts["odd"]["naming_failed"]


@pytest.mark.parametrize(
    ("wanted", "why"),
    [("onnx", "onnx needs an argument, such as onnx:"), ("lite0:big", "lite0 takes no argument")],
)
def test_an_embedder_says_whether_it_takes_an_argument(colours, wanted, why):
    with pytest.raises(ConfigError, match=why):
        audit(colours, wanted)


def test_examining_and_judging_are_told_of(colours):
    told = []
    audit(colours, progress=told.append)
    assert {one.description for one in told if one.stage == "reading"} == {"reading and examining"}
    judging = [one.percent for one in told if one.stage == "judging"]
    assert judging == sorted(judging)
    assert (judging[0], judging[-1]) == (0, 100)
    told.clear()
    audit(colours, progress=told.append)
    assert {one.description for one in told} <= {"reading"}


def test_few_pictures_are_not_judged_and_the_audit_says_so(tmp_path):
    result = audit(embedders.make_colours(tmp_path / "set", count=10))
    assert result.summary["unjudged"]["outlier"] == (
        "what the pictures show was not examined: 20 pictures; at least 50 are needed"
    )


def test_a_folder_without_labels_has_odd_pictures_and_no_wrong_labels(tmp_path):
    root = embedders.make_colours(tmp_path / "set")
    result = audit(root, layout="flat")
    assert not paths_of(result, "likely-mislabelled")
    assert result.content.facts["embedded"] == 80
    assert "likely-mislabelled" not in result.summary["unjudged"]


def test_no_picture_is_embedded_if_content_is_not_asked_for(colours):
    result = catsclean.audit(colours, content=False, select=CONTENT)
    assert result.content is None
    assert result.summary["unjudged"]["outlier"] == (
        "what the pictures show was not examined (--no-content)"
    )
    assert catsclean.audit(colours, select="duplicates").content is None


def test_without_the_extra_one_line_says_how_to_get_it(colours, monkeypatch):
    monkeypatch.setattr(embedder_names, "is_installed", lambda: False)
    result = catsclean.audit(colours)
    reasons = {result.summary["unjudged"][name] for name in CONTENT}
    line = f"the extra content is not installed. Run: {install_command('content')}"
    assert reasons == {f"what the pictures show was not examined: {line}"}


def test_content_that_is_asked_for_without_the_extra_is_refused_before_anything_is_read(
    colours, monkeypatch
):
    monkeypatch.setattr(embedder_names, "is_installed", lambda: False)
    with pytest.raises(MissingExtraError, match=re.escape(install_command("content"))):
        catsclean.audit(colours, content=True)
    assert list(colours.parent.iterdir()) == [colours]


@pytest.mark.parametrize("wrong", ["resnet9000", "onnx:nowhere.onnx", object()])
def test_an_embedder_that_cannot_be_made_is_refused_before_anything_is_read(colours, wrong):
    with pytest.raises(ConfigError):
        catsclean.audit(colours, embedder=wrong)
    assert list(colours.parent.iterdir()) == [colours]


def test_a_loaded_audit_knows_what_the_pictures_show(colours):
    made = audit(colours)
    loaded = catsclean.load_audit(colours)
    assert loaded.content.table.equals(made.content.table)
    assert loaded.content.facts == made.content.facts


def test_pictures_of_the_same_content_are_found(colours):
    result = audit(colours)
    found = result.similar_to("Blue/red3.jpg", 5)
    assert [similar.path.split("/")[1][:3] for similar in found] == ["red"] * 5
    assert found[0].similarity >= found[-1].similarity
    assert catsclean.load_audit(colours).similar_to(["Blue/red3.jpg"], 5) == found


def test_asking_for_the_likes_of_a_picture_that_is_not_there_is_refused(colours):
    result = audit(colours)
    with pytest.raises(UsageError, match="no vector"):
        result.similar_to("Red/nowhere.jpg")
    with pytest.raises(UsageError, match="no picture is named"):
        result.similar_to([])


def test_vectors_that_were_not_kept_cannot_be_asked_for(colours):
    with pytest.raises(UsageError, match="cache=True"):
        audit(colours, cache=False).embeddings()
    with pytest.raises(UsageError, match="did not examine"):
        catsclean.audit(colours, content=False).embeddings()


def test_damaged_vectors_are_computed_again(colours):
    first = audit(colours)
    [part] = first.state.vectors.glob("*/*.npy")
    part.write_bytes(part.read_bytes()[:-100])
    first.state.content.write_bytes(b"nothing")
    again = audit(colours)
    assert again.content.table.equals(first.content.table)


def test_other_labels_of_the_same_pictures_are_judged_without_embedding_them_again(colours):
    first = audit(colours)
    table = first.manifest.table
    right = {path: path.rpartition("/")[2][0].upper() for path in table["path"]}
    wrong = {**right, "Red/red0.jpg": "B"}
    assert not paths_of(
        audit(colours, _as(embedders.Crashes, "colours"), labels=right), "likely-mislabelled"
    )
    again = audit(colours, _as(embedders.Crashes, "colours"), labels=wrong)
    assert paths_of(again, "likely-mislabelled") == {"Red/red0.jpg"}
    assert again.summary["files_read"] == 0


def test_an_embedder_that_nobody_is_to_use_is_refused(tmp_path):
    root = tmp_path / "Pets"
    root.mkdir()
    with pytest.raises(UsageError, match="both --no-content"):
        audit(root, content=False, embedder="lite0")
    assert list(tmp_path.iterdir()) == [root]
