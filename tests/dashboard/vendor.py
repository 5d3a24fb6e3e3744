"""Fetch the vendored files again: ``python -m tests.dashboard.vendor`` with npm on the path, after a change of version.

Takes package, version and source of each file from vendor.toml, renames nothing, and prints the hashes to put there.
"""

from __future__ import annotations

import subprocess
import tarfile
import tomllib
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

VENDOR = Path(__file__).resolve().parents[2] / "static" / "queryscope" / "vendor"


def main() -> None:
    """Overwrite every listed file and print its name and hash."""
    for file in tomllib.loads((VENDOR / "vendor.toml").read_text())["file"]:
        content = packed(file)
        (VENDOR / file["name"]).write_bytes(content)
        print(f'{file["name"]}: sha256 = "{sha256(content).hexdigest()}"')


def packed(file: dict[str, Any]) -> bytes:
    """Return the content of one file as its package on npm has it."""
    with TemporaryDirectory() as folder:
        spec = f"{file['package']}@{file['version']}"
        done = subprocess.run(
            ["npm", "pack", "--silent", spec], cwd=folder, check=True, capture_output=True, text=True
        )
        with tarfile.open(Path(folder, done.stdout.strip().splitlines()[-1])) as archive:
            member = archive.extractfile(f"package/{file['source']}")
            assert member is not None
            return member.read()


if __name__ == "__main__":
    main()
