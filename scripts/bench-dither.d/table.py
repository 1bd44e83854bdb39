"""What was found, as Markdown."""

import os
import shlex
import sys

from process import command
from report import print_head, print_machine, print_program, print_row, print_versions


def print_start(words: dict, rounds: int) -> None:
    print_machine(rounds)
    print("""\
Block RMSE and OKLab: how far means of blocks of 8×8 pixels are from those of the source, on a \
scale to 255, and in OKLab on a scale to 100.
""")
    print_versions(versions(words))


def versions(words: dict) -> dict:
    pillow = "import PIL, platform; print(PIL.__version__, 'on Python', platform.python_version())"
    return {
        "filittle": [words["filittle"], "--version"],
        "imagemagick": [words["imagemagick"], "-version"],
        "graphicsmagick": ["gm", "version"],
        "pillow": [sys.executable, "-c", pillow],
        "ffmpeg": ["ffmpeg", "-version"],
        "vips": ["vips", "--version"],
        "pngquant": ["pngquant", "--version"],
        "netpbm": ["pamditherbw", "--version"],
    }


def print_job(job, photo: str, rows: list, found: list) -> None:
    print(f"\n### {job.title}: {os.path.basename(photo)}, {os.path.getsize(photo):,} bytes\n")
    print_head([""], ["bytes", "block RMSE", "OKLab"])
    for row, it in zip(rows, found):
        print_row([row.name()], it, [] if it.failure else qualities(it), found[0])


def qualities(it) -> list:
    return [f"{it.size:,} ({it.form})", f"{it.quality['rmse']:.2f} ({it.quality['reference']})",
            f"{it.quality['oklab']:.2f}"]


def print_commands(job, rows: list) -> None:
    print()
    short = {"filittle": "filittle", "imagemagick": "convert", "python": "python3",
             "source": "in" + job.suffix, "target": "out.png"}
    for row in rows:
        print_program(row)
        print(f"  `{shlex.join(command(row.command, Shown(short)))}`")


class Shown(dict):
    """What stands for a file; a palette stands for itself."""

    def __missing__(self, name: str) -> str:
        return name + ".ppm"
