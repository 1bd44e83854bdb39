"""Measures filittle and other programs that dither. `scripts/bench-dither` calls this, and
installs before what it needs."""

import argparse
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../bench.d"))

from jobs import IMAGEMAGICK_PNG, JOBS, PEERS
from measure import measure
from options import check_files, check_runs
from process import say
from report import print_load_after
from table import print_commands, print_job, print_start

PALETTES = os.path.join(HERE, "../../dither/data/palettes")


def main() -> None:
    options = read_options()
    if options.check:
        return
    words = {"filittle": options.filittle, "imagemagick": options.imagemagick,
             "python": sys.executable, **write_palettes(options.folder)}
    print_start(words, options.runs)
    failures = 0
    for job in JOBS:
        if job.name not in options.job:
            continue
        rows = [row for row in job.rows if row.peer in {"filittle", *options.only}]
        if len(rows) == 1:
            say(f"{job.name}: none of the chosen programs does it")
            continue
        for photo in options.photo:
            source = source_of(job, photo, options)
            found = measure(job, rows, source, words, options.runs)
            print_job(job, source, rows, found)
            failures += sum(1 for it in found if it.failure)
        print_commands(job, rows)
    print_load_after()
    if failures:
        sys.exit(f"Rows that failed: {failures}. The tables say how.")


def read_options():
    options = argparse.ArgumentParser(prog="scripts/bench-dither")
    for name in ("--filittle", "--imagemagick", "--folder"):
        options.add_argument(name, help=argparse.SUPPRESS)
    # Only reads the options: a mistake in them is told before anything is built.
    options.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--photo", nargs="+", required=True)
    options.add_argument("--job", nargs="+", default=[job.name for job in JOBS],
                         choices=[job.name for job in JOBS])
    options.add_argument("--only", nargs="+", default=PEERS, choices=PEERS)
    options = options.parse_args()
    check_runs(options.runs)
    check_files("--photo", options.photo)
    for photo in options.photo:
        check_photo(photo)
    return options


def check_photo(photo: str) -> None:
    with open(photo, "rb") as file:
        if file.read(2) != b"\xff\xd8":
            sys.exit(f"--photo: {photo} is no JPEG")


def write_palettes(folder: str) -> dict:
    """As PPM, which all read. ffmpeg asks for 256 pixels, so there the last colour comes again."""
    with open(os.path.join(PALETTES, "pico-8.gpl"), encoding="utf-8") as file:
        pico_8 = [tuple(map(int, line.split()[:3])) for line in file
                  if re.match(r"\s*\d+\s+\d+\s+\d+", line)]
    eight = [(r, g, b) for r in (0, 255) for g in (0, 255) for b in (0, 255)]
    palettes = {"pico_8": pico_8, "black_white": [eight[0], eight[-1]], "eight": eight}
    paths = {}
    for name, colors in palettes.items():
        paths[name] = write_ppm(folder, name, colors, len(colors))
        colors = colors + colors[-1:] * (256 - len(colors))
        paths[name + "_256"] = write_ppm(folder, name + "_256", colors, 16)
    return paths


def write_ppm(folder: str, name: str, pixels: list, width: int) -> str:
    path = os.path.join(folder, name + ".ppm")
    with open(path, "wb") as file:
        file.write(b"P6 %d %d 255\n" % (width, len(pixels) // width))
        file.write(bytes(part for pixel in pixels for part in pixel))
    return path


def source_of(job, photo: str, options) -> str:
    """A copy, or a PNG of it, in the folder where all read and write."""
    name = os.path.splitext(os.path.basename(photo))[0] + job.suffix
    source = os.path.join(options.folder, "sources", name)
    os.makedirs(os.path.dirname(source), exist_ok=True)
    if not os.path.exists(source):
        if job.suffix == ".png":
            subprocess.run([options.imagemagick, photo, *IMAGEMAGICK_PNG, source], check=True)
        else:
            shutil.copyfile(photo, source)
    return source


if __name__ == "__main__":
    main()
