"""A base image of our own making, for checking the Dockerfile without a registry.

It has what the Dockerfile leans on in python:3.13-slim: Debian 13, Python 3.13 with
venv and pip, `python` on the path, certificates and nothing to compile with.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from devtools import buildah
from devtools.paths import Missing, say

SUITE = "trixie"
PACKAGES = "ca-certificates,netbase,python3,python3-pip,python3-venv,tzdata"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
RECIPE = """\
FROM scratch
COPY root /
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
CMD ["python3"]
"""


def ensure(folder: Path) -> str:
    """Return the stand-in's name, made in about a minute unless it is kept there."""
    recipe = f"{SUITE} {PACKAGES} {RECIPE}".encode()
    name = f"keyplate-stand-in:{hashlib.sha256(recipe).hexdigest()[:12]}"
    if buildah.has(name):
        return name
    say(f"Making a stand-in for the base image from Debian's {SUITE} (a minute) ...")
    context = folder / "base"
    shutil.rmtree(context, ignore_errors=True)
    context.mkdir(parents=True)
    _bootstrap(context / "root", log=folder / "debootstrap.log")
    _finish(context / "root")
    (context / "Dockerfile").write_text(RECIPE)
    buildah.build(context, name=name, log=folder / "base.log")
    shutil.rmtree(context)
    return name


def _bootstrap(root: Path, *, log: Path) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}"]
    with log.open("w") as output:
        done = subprocess.run(
            [*command, SUITE, str(root)],
            check=False,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        raise Missing(f"debootstrap could not make the stand-in base; see {log}.")


def _finish(root: Path) -> None:
    """Make it look like the published image, and trust what this machine trusts."""
    for name in ("python", "python3"):
        (root / "usr/local/bin" / name).symlink_to("/usr/bin/python3")
    (root / "usr/local/bin/pip").symlink_to("/usr/bin/pip3")
    for kept in (root / "var/cache/apt/archives").glob("*.deb"):
        kept.unlink()
    shutil.rmtree(root / "var/lib/apt/lists")
    (root / "var/lib/apt/lists").mkdir()
    if CERTIFICATES.exists():
        shutil.copyfile(CERTIFICATES, root / CERTIFICATES.relative_to("/"))


def install_tools() -> None:
    """Install what the check needs from Debian, or say what is missing and stop."""
    if os.geteuid() != 0:
        raise Missing("this needs root: debootstrap and buildah's chroot do. Try sudo.")
    lacking = [tool for tool in ("buildah", "debootstrap") if not shutil.which(tool)]
    if not lacking:
        return
    if not shutil.which("apt-get"):
        raise Missing(
            f"install {' and '.join(lacking)} first; there is no apt-get here."
        )
    say(f"Installing {' and '.join(lacking)} from Debian ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-yqq", "--no-install-recommends", *lacking]
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(
            command, check=False, env=environment, capture_output=True
        )
        if done.returncode:
            raise Missing(f"apt-get failed:\n{done.stderr.decode()}")
