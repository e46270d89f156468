"""Installs a package of npm's into a folder, or skips with the reason that npm gives."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_OPTIONS = (
    "--no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error"
    " --fetch-retries=1 --fetch-timeout=20000"
)
_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
"""Where systems keep the authorities they trust; node has a list of its own instead."""


def install(package: str, folder: Path, seconds: int = 180) -> None:
    """Install *package* below *folder*, and nothing outside it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm installs {package}, and it is not here")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    environment = {**os.environ, "npm_config_cache": str(folder / "cache")}
    known = next((one for one in _AUTHORITIES if Path(one).is_file()), None)
    if known is not None:
        environment.setdefault("NODE_EXTRA_CA_CERTS", known)
    try:
        done = subprocess.run(
            [npm, "install", *_OPTIONS.split(), package],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm does not install {package} within {seconds} s")
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "complete log" not in line]
        said = "; ".join(line.removeprefix("npm error ").strip() for line in lines if line.strip())
        pytest.skip(f"npm can't install {package}: {said[:300] or 'it does not say why'}")
