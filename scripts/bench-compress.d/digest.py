"""SHA-256 of what was packed and of what was unpacked, by programs: this process stays small.

What cannot be read has an empty one.
"""

import subprocess


def file_digest(path: str) -> str:
    return digest_of('sha256sum < "$1"', [path], ".")


def tree_digest(folder: str, names: list) -> str:
    """Of the files in folders of these names, with their own names."""
    files = 'find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum'
    return digest_of(f"{files} | sha256sum", names, folder)


def output_digest(command: list, folder: str) -> str:
    """Of what a program writes to its standard output."""
    return digest_of('"$@" | sha256sum', command, folder)


def digest_of(pipe: str, arguments: list, folder: str) -> str:
    command = ["bash", "-o", "pipefail", "-c", pipe, "pipe", *arguments]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True, check=False)
    return done.stdout.split()[0] if done.returncode == 0 else ""
