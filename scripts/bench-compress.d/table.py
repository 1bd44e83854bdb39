"""What was found, as Markdown."""

import shlex

from measure import names_of
from process import command
from report import print_head, print_machine, print_program, print_row, print_versions

PROGRAMS = {
    "zstd": ["zstd", "--version"],
    "gzip": ["gzip", "--version"],
    "pigz": ["pigz", "--version"],
    "brotli": ["brotli", "--version"],
    "xz": ["xz", "--version"],
    "lz4": ["lz4", "--version"],
    "bzip2": ["bzip2", "--help"],
    "zip": ["zip", "-v"],
    "unzip": ["unzip", "-v"],
    "7z": ["7z", "i"],
    "bsdtar": ["bsdtar", "--version"],
    "tar": ["tar", "--version"],
}


def print_start(filittle: str, rounds: int) -> None:
    print_machine(rounds)
    print("""\
filittle ends when its result is on the disk (fsync), and the others do not wait for that. It \
counts in wall time, unless TMPDIR is in memory.
`whole` is a file as it is, `start` its first 16 MiB, which are enough for what takes long, and \
`files` a folder of 1,000 files cut from it, of 1 KiB to 1 MiB.
What was packed was unpacked once by the program of the format, and compared.
""")
    print_versions({"filittle": [filittle, "--version"], **PROGRAMS})


def print_input(inputs, made_of: str) -> None:
    print(f"- {inputs.name}: {inputs.size():,} bytes{made_of}, SHA-256 {inputs.digest('whole')}")


def print_job(job, inputs) -> None:
    print(f"\n### {job.title}: {inputs.name}\n")
    print_head(["", ""], ["bytes"])


def print_case(case, rows: list, found: list) -> None:
    for row, it in zip(rows, found):
        print_row([case.title, row.name()], it, [f"{it.size:,}"], found[0])


def print_commands(chosen: list) -> None:
    """Of cases and their rows, by program."""
    commands = {}
    for case, rows in chosen:
        for row in rows:
            commands.setdefault(row.name(), (row, []))[1].append(shown(case, row))
    print()
    for row, lines in commands.values():
        print_program(row)
        for line in lines:
            print(f"  - `{line}`")


def shown(case, row) -> str:
    names = names_of(case)
    words = shlex.join(command(row.command, {**names, "filittle": "filittle"}))
    return f"{words} > {names['target']}" if row.to_stdout else words
