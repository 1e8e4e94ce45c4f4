"""The profile of the AWS command line signs requests if nothing in the environment does."""

from datetime import UTC, datetime

import buckets
import pytest

import catsclean
from catsclean.objects import bucket_state
from catsclean.objects.aws_profile import profile_settings

QUICK = {"content": False, "workers": 1}
_NAMES = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
    "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE",
    "AWS_SKIP_SIGNATURE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_EC2_METADATA_DISABLED",
)  # fmt: skip


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A home folder without any profile, and an environment without credentials."""
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.fixture
def profile(home):
    """Two profiles in the usual place."""
    pytest.importorskip("botocore", reason="needs botocore, which s3fs and boto3 bring")
    (home / ".aws").mkdir()
    (home / ".aws/credentials").write_text(
        f"[default]\naws_access_key_id = {buckets.KEY_ID}\n"
        f"aws_secret_access_key = {buckets.SECRET}\n"
        "[other]\naws_access_key_id = OTHER\naws_secret_access_key = hidden\n"
    )
    (home / ".aws/config").write_text(
        "[default]\nregion = eu-central-1\n[profile other]\nregion = us-west-2\n"
    )
    return home


def test_without_a_profile_there_is_nothing_to_add(home):
    assert profile_settings({}) == {}


def test_the_environment_wins(profile):
    assert profile_settings({"AWS_ACCESS_KEY_ID": "X"}) == {}
    assert profile_settings({"AWS_SKIP_SIGNATURE": "true"}) == {}


def test_the_default_profile_gives_credentials_and_region(profile):
    found = profile_settings({})
    assert found["region"] == "eu-central-1"
    given = found["credential_provider"]()
    assert given["access_key_id"] == buckets.KEY_ID
    assert given["expires_at"] > datetime.now(UTC)


def test_a_region_in_the_environment_is_kept(profile):
    assert "region" not in profile_settings({"AWS_REGION": "us-east-1"})


def test_a_named_profile_is_used(profile, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "other")
    found = profile_settings({"AWS_PROFILE": "other"})
    assert found["credential_provider"]()["access_key_id"] == "OTHER"
    assert found["region"] == "us-west-2"


def test_an_audit_is_signed_with_the_profile_and_repeats_nothing_of_it(
    moto, profile, monkeypatch, pictures_in
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto.url)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("XDG_CACHE_HOME", str(profile / "user-cache"))
    store = pictures_in()
    audit = catsclean.audit(f"s3://{store.name}/P", **QUICK)
    assert len(audit.manifest) == 2
    bucket_state.close_all()
    for key in store.all_keys():
        assert buckets.SECRET.encode() not in store.get(key)


@pytest.fixture
def pictures_in(moto):
    """Return a function that makes a bucket with two pictures."""
    from pictures import jpeg

    def make():
        store = moto.make()
        for number in range(2):
            store.put(f"P/Cat/{number}.jpg", jpeg(seed=number))
        return store

    return make
