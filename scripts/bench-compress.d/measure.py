"""Runs the programs of a case in turn, as whole processes, and keeps what each took."""

import os
import sys

import rounds
from digest import file_digest, output_digest, tree_digest
from jobs import Case
from process import command, remove, say, timed, write

LIMIT_SECONDS = 900


def measure(title: str, case: Case, rows: list, inputs, filittle: str, runs: int) -> list:
    inputs.make(case.input)
    names = names_of(case)
    target = inputs.path(names["target"])
    if case.pack:
        pack(case, inputs)
    found = [rounds.Found() for _ in rows]

    def run(row):
        return write(command(row.command, {**names, "filittle": filittle}), target,
                     is_folder=case.makes_folder(), limit=LIMIT_SECONDS, folder=inputs.folder,
                     output=target if row.to_stdout else None)

    rounds.measure(title, rows, found, run, lambda _, it: look(case, inputs, target, it), runs)
    remove(target)
    if case.pack:
        remove(inputs.path(names["source"]))
    return found


def names_of(case: Case) -> dict:
    """What stands for the names in commands; all are in the folder of the inputs."""
    if case.pack:
        return {"source": case.input + case.suffix, "target": "unpacked"}
    return {"source": case.input, "target": "packed" + case.suffix}


def pack(case: Case, inputs) -> None:
    packed = case.input + case.suffix
    words = command(case.pack.command, {"source": case.input, "target": packed})
    path = inputs.path(packed)
    say(f"Packing {packed}")
    _, _, failure = write(words, path, limit=LIMIT_SECONDS, folder=inputs.folder,
                          output=path if case.pack.to_stdout else None)
    if failure:
        sys.exit(f"{packed} could not be packed: {failure}")


def look(case: Case, inputs, target: str, it: rounds.Found) -> None:
    it.size = size(target)
    if unpacked_digest(case, inputs, target) != inputs.digest(case.input):
        it.failure = "what it wrote is not what was packed" if case.pack else \
            "what it packed does not unpack to the same"


def unpacked_digest(case: Case, inputs, target: str) -> str:
    if case.pack:
        return content_digest(target) if case.makes_folder() else file_digest(target)
    if case.input != "files":
        return output_digest(command(case.unpack, {"target": target}), inputs.folder)
    folder = inputs.path("looked-at")
    os.mkdir(folder)
    words = command(case.unpack, {"target": target, "folder": folder})
    _, _, failure = timed(words, LIMIT_SECONDS)
    digest = "" if failure else content_digest(folder)
    remove(folder)
    return digest


def content_digest(folder: str) -> str:
    return tree_digest(folder, sorted(os.listdir(folder)))


def size(path: str) -> int:
    """Of a file, or of all in a folder."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(path) for name in names)
