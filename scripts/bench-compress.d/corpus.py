"""Writes a file of so many MiB made of the files in Debian packages.

    corpus.py MIB OUT DEB…

The contents of the files come one after the other, without what a tar has around them: filittle
unpacks a tar too, when the others only unpack the stream it is in. The packages take turns, and
each gives in its turn a 256th of what it has, so that the beginning is like the whole.
"""

import subprocess
import sys
import tarfile

TURNS = 256


def main() -> None:
    size, path, *packages = sys.argv[1:]
    size = int(size) << 20
    with open(path, "wb") as out:
        for part in parts(packages):
            out.write(part[:size - out.tell()])
            if out.tell() == size:
                return
        sys.exit(f"--size: the packages have only {out.tell() >> 20} MiB")


def parts(packages: list):
    """In the order in which they are written."""
    turns = [turns_of(package) for package in packages]
    while turns:
        for turn in list(turns):
            part = next(turn, None)
            if part is None:
                turns.remove(turn)
            else:
                yield part


def turns_of(package: str):
    """What a package gives in each turn."""
    share = installed_size(package) // TURNS
    waiting = bytearray()
    for content in contents(package):
        waiting += content
        while len(waiting) >= share:
            yield bytes(waiting[:share])
            del waiting[:share]
    if waiting:
        yield bytes(waiting)


def contents(package: str):
    """Of the files, in the order in which they stand in the package."""
    command = ["dpkg-deb", "--fsys-tarfile", package]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as unpacked:
        try:
            with tarfile.open(fileobj=unpacked.stdout, mode="r|") as files:
                for file in files:
                    if file.isreg():
                        yield files.extractfile(file).read()
        finally:
            # Not all is read when the size is reached before.
            unpacked.kill()


def installed_size(package: str) -> int:
    """As the package tells it, of which files have a little less."""
    command = ["dpkg-deb", "--field", package, "Installed-Size"]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) << 10


if __name__ == "__main__":
    main()
