"""A package registry on the local machine, slow enough that pip and npm show progress; then runs its arguments."""

import base64
import hashlib
import http.server
import io
import json
import random
import subprocess
import sys
import tarfile
import threading
import time
import zipfile

random.seed(1)
PAYLOAD = random.randbytes(3_000_000)


def wheel() -> bytes:
    """Return a wheel of about 3 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("example_package/data.bin", PAYLOAD)
        archive.writestr(
            "example_package-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: example-package\nVersion: 1.0\n"
        )
        archive.writestr("example_package-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("example_package-1.0.dist-info/RECORD", "")
    return out.getvalue()


def tarball(name: str, dependencies: dict[str, str]) -> bytes:
    """Return an npm package."""
    out = io.BytesIO()
    manifest = json.dumps({"name": name, "version": "1.0.0", "dependencies": dependencies}).encode()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(manifest)
        archive.addfile(entry, io.BytesIO(manifest))
    return out.getvalue()


WHEEL = wheel()
DEPENDENCIES = {f"example-part-{n}": "1.0.0" for n in range(6)}
TARBALLS = {"example-package": tarball("example-package", DEPENDENCIES)} | {n: tarball(n, {}) for n in DEPENDENCIES}


class Registry(http.server.BaseHTTPRequestHandler):
    """Answers like PyPI's simple index and like npm's registry."""

    def do_GET(self) -> None:
        name = self.path.strip("/").split("/")[-1]
        if self.path.startswith("/simple/"):
            self.answer(b'<a href="/files/example_package-1.0-py3-none-any.whl">wheel</a>', "text/html")
        elif name.endswith(".whl"):
            self.answer(WHEEL, "application/octet-stream", pause=0.05)
        elif name.endswith(".tgz"):
            self.answer(TARBALLS[name[:-4]], "application/octet-stream", pause=0.3)
        else:
            self.answer(json.dumps(self.manifest(name)).encode(), "application/json", pause=0.3)

    def manifest(self, name: str) -> dict[str, object]:
        dependencies = DEPENDENCIES if name == "example-package" else {}
        digest = base64.b64encode(hashlib.sha512(TARBALLS[name]).digest()).decode()
        dist = {"tarball": f"http://127.0.0.1:8765/{name}.tgz", "integrity": f"sha512-{digest}"}
        version = {"name": name, "version": "1.0.0", "dependencies": dependencies, "dist": dist}
        return {"name": name, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}

    def answer(self, body: bytes, kind: str, pause: float = 0.0) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for start in range(0, len(body), 65536):
            time.sleep(pause)
            self.wfile.write(body[start : start + 65536])

    def log_message(self, *_: object) -> None:
        return


server = http.server.ThreadingHTTPServer(("127.0.0.1", 8765), Registry)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)
