"""A small audited data set, made without an audit: files, a manifest and findings."""

import functools
import hashlib
import json
from dataclasses import dataclass, field

import buckets
import cleaned_bucket
import pandas as pd
import pyarrow.parquet as pq
import pytest

from catsclean import cli
from catsclean.auditing.result import Audit
from catsclean.auditing.save import save_audit
from catsclean.cleaning.decisions import KIND
from catsclean.core.evidence import Dataset
from catsclean.core.manifest import Manifest
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.state import StateFolder
from catsclean.objects import bucket_state, s3_conditions
from catsclean.objects.bucket_client import Bucket, Patience

SAFE, REVIEW, NONE = Fix.SAFE, Fix.REVIEW, Fix.NONE


@dataclass
class Audited:
    """What plan_cleaning needs of an audit, and means to change it."""

    state: StateFolder
    files: dict[str, bytes]
    manifest: Manifest | None = None
    findings: tuple[Finding, ...] = field(default=())

    @property
    def root(self):
        return self.state.root

    def sha256(self, path):
        return hashlib.sha256(self.files[path]).hexdigest()

    def find(self, path, validator, fix=SAFE, related=()):
        finding = Finding(validator, Severity.WARNING, fix, path, path.split("/")[0], "x", related)
        self.findings = (*self.findings, finding)
        return self

    def save(self, groups=None):
        """Write manifest and findings as an audit does."""
        rows = []
        for path, data in sorted(self.files.items()):
            fixes = {f.fix for f in self.findings if f.path == path}
            status = "drop" if SAFE in fixes else "review" if REVIEW in fixes else "keep"
            named = [f.validator for f in self.findings if f.path == path]
            target = self.root / path
            rows.append(
                {
                    "path": path,
                    "label": path.split("/")[0],
                    "size_bytes": len(data),
                    "mtime_ns": target.stat().st_mtime_ns,
                    "sha256": self.sha256(path),
                    "width_px": 4,
                    "height_px": 4,
                    "status": status,
                    "reason": ",".join(named) or None,
                    "group": (groups or {}).get(path),
                }
            )
        empty = Manifest(pd.DataFrame(), self.root)
        summary = {"schema_version": 1, "files": len(rows), "bytes": 0, "incomplete": False}
        summary["dataset"] = {"root": self.root.name}
        self.state.create()
        made = empty.with_table(pd.DataFrame(rows))
        dataset = Dataset(self.root, "classes")
        save_audit(Audit(self.findings, made, dataset, self.state, summary), remember=False)
        self.manifest = Manifest.load(self.state.manifest, self.root)
        return self

    def statuses(self):
        table = pq.read_table(self.state.manifest, columns=["path", "status"])
        return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def decide(self, folder, entries, **fields):
        document = {
            "schema_version": 1,
            "kind": KIND,
            "root": self.root.name,
            "decisions": entries,
        }
        path = folder / "decisions.json"
        path.write_text(json.dumps(document | fields))
        return path

    def entry(self, path, action="quarantine", **fields):
        return {"path": path, "action": action, "sha256": self.sha256(path)} | fields


def tree(folder):
    """Every file below a folder, by relative path: its bytes."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def make_audited(folder, count=4):
    """Make `Cat/0.jpg`... and `Dog/0.jpg`..., all different; nothing found yet."""
    root = folder / "Pets"
    files = {}
    for label in ("Cat", "Dog"):
        (root / label).mkdir(parents=True)
        for number in range(count):
            path = f"{label}/{number}.jpg"
            files[path] = f"{label} {number} ".encode() * 9
            (root / path).write_bytes(files[path])
    return Audited(StateFolder.of(root), files)


@pytest.fixture(scope="module")
def there(moto, tmp_path_factory):
    """An audited data set in a bucket; a request that fails is not repeated."""
    with pytest.MonkeyPatch.context() as patch:
        buckets.use(patch, moto.url)
        place = tmp_path_factory.mktemp("user-cache")
        patch.setenv("XDG_CACHE_HOME", str(place))
        patch.setattr(bucket_state, "Bucket", lambda at: Bucket(at, Patience(tries=0)))
        # making this client costs more than all requests of a clean
        patch.setattr(s3_conditions, "_make_client", functools.cache(s3_conditions._make_client))
        yield cleaned_bucket.make(moto)
        moto.meddle = None
        bucket_state.close_all()


@pytest.fixture
def audited(tmp_path):
    return make_audited(tmp_path)


@pytest.fixture
def read_tree():
    return tree


@pytest.fixture(scope="session")
def make():
    return make_audited


@pytest.fixture
def run(capfd):
    """Call ``run("clean", url)`` in this process."""

    def call(*arguments):
        capfd.readouterr()
        code = cli.run([str(one) for one in arguments])
        bucket_state.close_all()
        return code, *(" ".join(said.split()) for said in capfd.readouterr())

    return call
