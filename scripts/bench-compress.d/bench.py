"""Measures filittle and other programs that pack. `scripts/bench-compress` calls this, and installs
before what it needs."""

import argparse
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../bench.d"))

from inputs import Inputs
from jobs import JOBS, PEERS
from measure import measure
from options import check_files, check_runs
from process import say
from report import print_load_after
from table import print_case, print_commands, print_input, print_job, print_start


def main() -> None:
    options = read_options()
    if options.check:
        return
    options.filittle = os.path.abspath(options.filittle)
    print_start(options.filittle, options.runs)
    failures = 0
    all_inputs = list(read_inputs(options))
    for job in JOBS:
        if job.name not in options.job:
            continue
        chosen = chosen_cases(job, options.only)
        for inputs in all_inputs if chosen else []:
            failures += measure_job(job, chosen, inputs, options)
        if chosen:
            print_commands(chosen)
    print_load_after()
    if failures:
        sys.exit(f"Rows that failed: {failures}. The tables say how.")


def read_options():
    options = argparse.ArgumentParser(prog="scripts/bench-compress", allow_abbrev=False)
    for name in ("--filittle", "--folder"):
        options.add_argument(name, help=argparse.SUPPRESS)
    options.add_argument("--package", nargs="+", help=argparse.SUPPRESS)
    # Only reads the options: a mistake in them is told before anything is built.
    options.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--size", type=int)
    options.add_argument("--file", nargs="+")
    options.add_argument("--job", nargs="+", default=[job.name for job in JOBS],
                         choices=[job.name for job in JOBS])
    options.add_argument("--only", nargs="+", default=PEERS, choices=PEERS)
    options = options.parse_args()
    check_runs(options.runs)
    if options.file:
        check_own_files(options)
    elif options.size is not None and options.size < 1:
        sys.exit("--size: at least 1 MiB")
    return options


def check_own_files(options) -> None:
    if options.size is not None:
        sys.exit("--size: it is that of the file which is made where there is no --file")
    check_files("--file", options.file)
    for path in options.file:
        if "unpack" in options.job and is_tar(path):
            sys.exit(f"--file: {path} is a tar, which filittle unpacks too and others do not; "
                     "name the other jobs with --job")


def is_tar(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(262)[257:] == b"ustar"


def read_inputs(options):
    if options.file:
        for number, path in enumerate(options.file):
            inputs = Inputs(os.path.basename(path), os.path.join(options.folder, str(number)))
            shutil.copyfile(path, inputs.path("whole"))
            print_input(inputs, "")
            yield inputs
        return
    inputs = Inputs("corpus", os.path.join(options.folder, "corpus"))
    say("Making the corpus")
    make_corpus(options.size or 256, inputs.path("whole"), options.package)
    packages = ", ".join(map(package_name, options.package))
    print_input(inputs, f" from the files of Debian's {packages}")
    yield inputs


def package_name(path: str) -> str:
    """And its version, as they stand in the name of its file."""
    name, version, _ = os.path.basename(path).split("_")
    return f"{name} {version.replace('%3a', ':')}"


def make_corpus(size: int, path: str, packages: list) -> None:
    """In a process of its own, for it takes memory."""
    corpus = os.path.join(HERE, "corpus.py")
    command = [sys.executable, "-B", corpus, str(size), path, *packages]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit("The corpus could not be made.")


def chosen_cases(job, peers: list) -> list:
    """Cases with those of their rows that are measured; none that has only ours."""
    chosen = [(case, [row for row in case.rows if row.peer in {"filittle", *peers}])
              for case in job.cases]
    chosen = [(case, rows) for case, rows in chosen if {row.peer for row in rows} != {"filittle"}]
    if not chosen:
        say(f"{job.name}: none of the chosen programs does it")
    return chosen


def measure_job(job, chosen: list, inputs, options) -> int:
    """The number of rows that failed."""
    print_job(job, inputs)
    failures = 0
    for case, rows in chosen:
        title = f"{job.name}, {case.title} of {inputs.name}"
        found = measure(title, case, rows, inputs, options.filittle, options.runs)
        print_case(case, rows, found)
        failures += sum(1 for it in found if it.failure)
    return failures


if __name__ == "__main__":
    main()
