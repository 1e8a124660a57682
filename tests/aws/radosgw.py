"""Ceph's S3 server from Debian's packages: fetched, unpacked and started without being installed.

A second implementation of S3, independent of the one that the other tests talk to. Run as a script it starts
the server, runs the tests that are meant for it against it, and stops it:

    python tests/aws/radosgw.py [what pytest is to run]

Packages are fetched with the ordinary client of the distribution and kept below `.radosgw/` (or
`DQ_RADOSGW`), so that only the first run needs a network. Everything runs on the loopback address, keeps its
data in memory, and ends with the script.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("radosgw", "ceph-mon", "ceph-osd", "ceph-common")
UNUSED = frozenset({
    "cryptsetup-bin", "dmeventd", "dmidecode", "gdisk", "hdparm", "logrotate", "lvm2", "nvme-cli",
    "parted", "smartmontools", "sudo", "uuid-runtime", "xfsprogs",
})  # fmt: skip
"""Dependencies that look after disks and services; nothing here has one."""
KEY, SECRET = "testing", "testing-secret"
HOST = "127.0.0.1"
MEMORY = 2 * 2**30
"""Bytes that the store in memory may hold."""
TESTS = ("tests/lakes", "-m", "s3_server and not soak")
_PATIENCE = 60.0


class CannotServeError(Exception):
    """The server cannot be fetched or started here; the message says why."""


@dataclass(frozen=True)
class Ceph:
    """Unpacked programs and a folder to run them in.

    Attributes:
        root: where the packages were unpacked.
        home: an empty folder for this run.
        ports: of the monitor and of the S3 server.
    """

    root: Path
    home: Path
    ports: tuple[int, int]

    @property
    def url(self) -> str:
        """Where the S3 server answers."""
        return f"http://{HOST}:{self.ports[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """Programs, libraries and Python modules of the unpacked packages before the system's own."""
        root = self.root
        libraries = [root / place for place in _library_places(root)]
        before = {
            "PATH": [root / "usr/bin", root / "usr/sbin"],
            "LD_LIBRARY_PATH": [*libraries, *(place / "ceph" for place in libraries)],
            "PYTHONPATH": [root / "usr/lib/python3/dist-packages"],
        }
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
        for name, places in before.items():
            kept[name] = ":".join([*map(str, places), *filter(None, [kept.get(name, "")])])
        return kept

    def run(self, *command: str, seconds: float = _PATIENCE) -> str:
        """One program to its end.

        Raises:
            CannotServeError: it failed or took too long.
        """
        try:
            done = subprocess.run(
                [command[0], "-c", str(self.home / "ceph.conf"), *command[1:]],
                cwd=self.home,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotServeError(f"{' '.join(command)}: {error}") from error
        if done.returncode:
            raise CannotServeError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-800:]}")
        return done.stdout

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """One daemon; its output goes to a file of its name."""
        with open(self.home / f"{command[0]}.out", "wb") as out:
            return subprocess.Popen(
                [command[0], "-c", str(self.home / "ceph.conf"), *command[1:], "-f"],
                cwd=self.home,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )


def fetch(folder: Path) -> Path:
    """The unpacked packages; fetched when they are not there yet.

    Raises:
        CannotServeError: this is no Debian, or its packages cannot be reached.
    """
    root, ready = folder / "root", folder / "ready"
    if ready.exists():
        return root
    for program in ("apt-get", "dpkg"):
        if shutil.which(program) is None:
            raise CannotServeError(f"{program} is not here; Debian's packages of Ceph cannot be fetched.")
    packages = folder / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    names = _missing_packages()
    print(f"fetching {len(names)} packages to {packages}", file=sys.stderr)
    _tool(["apt-get", "download", *names], packages)
    shutil.rmtree(root, ignore_errors=True)
    for package in sorted(packages.glob("*.deb")):
        _tool(["dpkg", "-x", str(package), str(root)], packages)
    ready.touch()
    return root


@contextlib.contextmanager
def serving(root: Path) -> Iterator[str]:
    """The URL of a running server; it ends with the block.

    Raises:
        CannotServeError: a part of it does not start.
    """
    home = Path(tempfile.mkdtemp(prefix="dq-radosgw-"))
    ceph = Ceph(root, home, (_free_port(), _free_port()))
    daemons: dict[str, subprocess.Popen[bytes]] = {}
    try:
        _configure(ceph)
        daemons["ceph-mon"] = _monitor(ceph)
        daemons["ceph-osd"] = _storage(ceph)
        daemons["radosgw"] = ceph.start("radosgw", "-n", "client.admin")
        _until_it_answers(ceph, daemons)
        ceph.run(
            "radosgw-admin", "user", "create", "--uid=tests", "--display-name=tests",
            f"--access-key={KEY}", f"--secret-key={SECRET}",
        )  # fmt: skip
        yield ceph.url
    finally:
        for daemon in reversed(daemons.values()):
            daemon.kill()
            daemon.wait()
        shutil.rmtree(home, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Starts the server, runs pytest against it; answers pytest's exit code, 3 when it cannot be started."""
    repository = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("DQ_RADOSGW", repository / ".radosgw"))
    try:
        begun = time.monotonic()
        with serving(fetch(folder)) as url:
            print(f"radosgw answers at {url} after {time.monotonic() - begun:.0f} s", file=sys.stderr)
            settings = {
                "DQ_TEST_S3": url,
                "AWS_ACCESS_KEY_ID": KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_EC2_METADATA_DISABLED": "true",
            }
            command = [sys.executable, "-m", "pytest", "-q", *(arguments or TESTS)]
            return subprocess.run(
                command, cwd=repository, env={**os.environ, **settings}, check=False
            ).returncode
    except CannotServeError as error:
        print(f"radosgw: {error}", file=sys.stderr)
        return 3


def _missing_packages() -> list[str]:
    """What would have to be installed, as the package manager works it out without installing."""
    said = _tool(["apt-get", "--simulate", "--no-install-recommends", "install", *PACKAGES], Path.cwd())
    names = [line.split()[1] for line in said.splitlines() if line.startswith("Inst ")]
    return [name for name in names if name not in UNUSED]


def _tool(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise CannotServeError(f"{command[0]}: {done.stderr.strip()[-800:]} (is `apt-get update` needed?)")
    return done.stdout


def _library_places(root: Path) -> list[str]:
    """`usr/lib/x86_64-linux-gnu` or its like, as the packages have it."""
    return [
        str(place.relative_to(root))
        for base in ("usr/lib", "lib")
        for place in (root / base).glob("*-linux-gnu*")
    ]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


def _configure(ceph: Ceph) -> None:
    home, (library, *_) = ceph.home, _library_places(ceph.root)
    for name in ("mon", "osd", "rgw", "run"):
        (home / name).mkdir()
    plugins = ceph.root / library
    one_of_all = {
        "fsid": str(uuid.uuid4()),
        "mon host": f"[v2:{HOST}:{ceph.ports[0]}]",
        "public addr": HOST,
        "cluster addr": HOST,
        # Nobody else can reach it; radosgw insists on a mode that authentication would bring.
        "auth cluster required": "none",
        "auth service required": "none",
        "auth client required": "none",
        "ms mon client mode": "crc secure",
        # One copy of everything is enough.
        "osd pool default size": "1",
        "osd pool default min size": "1",
        "osd crush chooseleaf type": "0",
        "osd pool default pg num": "1",
        "osd pool default pgp num": "1",
        "mon allow pool size one": "true",
        "mon max pg per osd": "2000",
        "osd objectstore": "memstore",
        "memstore device bytes": str(MEMORY),
        "osd class load list": "*",
        "osd class default list": "*",
        "plugin dir": f"{plugins}/ceph",
        "erasure code dir": f"{plugins}/ceph/erasure-code",
        "osd class dir": f"{plugins}/rados-classes",
        "mon data": f"{home}/mon",
        "osd data": f"{home}/osd",
        "run dir": f"{home}/run",
        "crash dir": f"{home}/run",
        "admin socket": f"{home}/run/$name.asok",
        "pid file": f"{home}/run/$name.pid",
        "log file": f"{home}/$name.log",
    }
    gateway = {
        "rgw frontends": f"beast endpoint={HOST}:{ceph.ports[1]}",
        "rgw data": f"{home}/rgw",
        "rgw dynamic resharding": "false",
        "rgw enable usage log": "false",
        "rgw enable gc threads": "false",
        "rgw enable lc threads": "false",
        "rgw enable quota threads": "false",
        "rgw run sync thread": "false",
    }
    lines = ["[global]", *(f"{name} = {value}" for name, value in one_of_all.items())]
    lines += ["[client]", *(f"{name} = {value}" for name, value in gateway.items())]
    (home / "ceph.conf").write_text("\n".join([*lines, ""]))


def _monitor(ceph: Ceph) -> subprocess.Popen[bytes]:
    fsid = next(
        line.partition("= ")[2]
        for line in (ceph.home / "ceph.conf").read_text().splitlines()
        if line.startswith("fsid")
    )
    place = f"[v2:{HOST}:{ceph.ports[0]}]"
    ceph.run("monmaptool", "--create", "--addv", "a", place, "--fsid", fsid, "monmap")
    ceph.run("ceph-mon", "-i", "a", "--mkfs", "--monmap", "monmap")
    return ceph.start("ceph-mon", "-i", "a")


def _storage(ceph: Ceph) -> subprocess.Popen[bytes]:
    name = str(uuid.uuid4())
    ceph.run("ceph-osd", "-i", "0", "--no-mon-config", "--mkfs", "--osd-uuid", name)
    ceph.run("ceph", "osd", "new", name)
    ceph.run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost")
    return ceph.start("ceph-osd", "-i", "0")


def _until_it_answers(ceph: Ceph, daemons: Mapping[str, subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        for name, daemon in daemons.items():
            if daemon.poll() is not None:
                said = (ceph.home / f"{name}.out").read_text(errors="replace")
                raise CannotServeError(f"{name} ended: {said[-800:]}")
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(ceph.url, timeout=1):  # noqa: S310 - the loopback address
            return
        time.sleep(0.2)
    raise CannotServeError(f"it did not answer within {_PATIENCE:.0f} s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
