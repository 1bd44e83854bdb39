"""What is packed: `whole`, a file; `start`, its first 16 MiB; `files`, a folder of 1,000 files cut
from it, of 1 KiB to 1 MiB."""

import os
import sys

from digest import file_digest, tree_digest

START_BYTES = 16 << 20
FILES = 1000
FILES_IN_FOLDER = 100
SMALLEST, LARGEST = 1 << 10, 1 << 20
BLOCK = 64 << 10


class Inputs:
    """They are made when they are asked for, all in the same folder."""

    def __init__(self, name: str, folder: str):
        self.name = name
        self.folder = folder
        self.digests = {}
        os.makedirs(folder)

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def size(self) -> int:
        return os.path.getsize(self.path("whole"))

    def make(self, name: str) -> None:
        path = self.path(name)
        if os.path.exists(path):
            return
        with open(self.path("whole"), "rb") as whole:
            if name == "start":
                copy(whole, path, START_BYTES)
            else:
                cut(whole, path, file_sizes(self.size()))

    def digest(self, name: str) -> str:
        if name not in self.digests:
            digest = tree_digest(self.folder, [name]) if name == "files" \
                else file_digest(self.path(name))
            if not digest:
                sys.exit(f"{self.path(name)} could not be read")
            self.digests[name] = digest
        return self.digests[name]


def file_sizes(most: int) -> list:
    """As many of each order of magnitude, in an order without order; less if there is less."""
    # 619 and 1,000 have no common divisor, so each place comes once.
    places = [number * 619 % FILES / (FILES - 1) for number in range(FILES)]
    sizes = [SMALLEST * (LARGEST / SMALLEST) ** place for place in places]
    scale = min(1, most / sum(sizes))
    return [int(size * scale) for size in sizes]


def cut(whole, path: str, sizes: list) -> None:
    for number, size in enumerate(sizes):
        folder = os.path.join(path, f"{number // FILES_IN_FOLDER:02}")
        os.makedirs(folder, exist_ok=True)
        copy(whole, os.path.join(folder, f"{number:04}"), size)


def copy(whole, path: str, size: int) -> None:
    with open(path, "wb") as out:
        while size > 0 and (block := whole.read(min(size, BLOCK))):
            out.write(block)
            size -= len(block)

