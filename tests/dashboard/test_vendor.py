"""The files of others are the ones that were taken from their packages."""

from __future__ import annotations

import tomllib
from hashlib import sha256

from queryscope.dashboard.assets import ROOT

VENDOR = ROOT / "vendor"


def test_every_vendored_file_has_the_hash_that_is_listed() -> None:
    """And every file in the folder is listed, with package and version."""
    listed = tomllib.loads((VENDOR / "vendor.toml").read_text())["file"]
    assert {file["name"] for file in listed} | {"vendor.toml"} == {file.name for file in VENDOR.iterdir()}
    for file in listed:
        assert sha256((VENDOR / file["name"]).read_bytes()).hexdigest() == file["sha256"], file["name"]
        assert file["package"] and file["license"]
        if file["name"].endswith(".js"):
            assert file["version"] in file["name"]
            assert b"sourceMappingURL" not in (VENDOR / file["name"]).read_bytes()
