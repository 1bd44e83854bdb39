"""What was found, as Markdown."""

import os
import platform
import shlex
import statistics
import subprocess
import sys

import measure

HEAD = ("| | wall s | CPU s | peak MiB | bytes | block RMSE | OKLab | wall, times ours "
        "| CPU, times ours |\n|---|---|---|---|---|---|---|---|---|")


def print_machine(words: dict, rounds: int) -> None:
    # A program that does nothing has the memory of the one that starts it.
    _, usage, _ = measure.timed(["true"])
    print(f"""\
{cpu_model()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}. \
Load before: {load()}.
Medians of {rounds} rounds; in brackets the lowest and the highest round. Ratios are of times in \
the same round. Memory below {usage.ru_maxrss / 1024:.0f} MiB cannot be told.
Block RMSE and OKLab: how far means of blocks of 8×8 pixels are from those of the source, on a \
scale to 255, and in OKLab on a scale to 100. Memory of a pipe is that of its largest process.
""")
    for name, command in versions(words).items():
        print(f"- {name}: {first_line(command)}")


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


def first_line(command: list) -> str:
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"its version could not be asked: {error}"
    return (said.stdout + said.stderr).strip().split("\n")[0].removeprefix("Version: ")


def cpu_model() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def load() -> str:
    return " ".join(f"{average:.1f}" for average in os.getloadavg())


def print_job(job, photo: str, rows: list, found: list) -> None:
    size = os.path.getsize(photo)
    print(f"\n### {job.title}: {os.path.basename(photo)}, {size:,} bytes\n\n{HEAD}")
    for row, it in zip(rows, found):
        print(f"| {row.label or row.peer} | {cells(it, found[0])} |")


def cells(it, ours) -> str:
    if it.failure:
        return "failed: " + it.failure.replace("|", "\\|") + " |" * 7
    return " | ".join([
        spread(it.wall), spread(it.cpu), f"{statistics.median(it.memory):.0f}",
        f"{it.size:,} ({it.form})", f"{it.quality['rmse']:.2f} ({it.quality['reference']})",
        f"{it.quality['oklab']:.2f}", ratio(it.wall, ours, ours.wall),
        ratio(it.cpu, ours, ours.cpu),
    ])


def ratio(theirs: list, ours, times: list) -> str:
    if ours.failure:
        return "–"
    return "1" if theirs is times else spread([a / b for a, b in zip(theirs, times)])


def spread(values: list) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def print_commands(job, rows: list) -> None:
    print()
    short = {"filittle": "filittle", "imagemagick": "convert", "python": "python3",
             "source": "in" + job.suffix, "target": "out.png"}
    for row in rows:
        note = f": {row.note}" if row.note else ""
        words = measure.command(row, Shown(short))
        print(f"- {row.label or row.peer}{note}\n  `{shlex.join(words)}`")


class Shown(dict):
    """What stands for a file; a palette stands for itself."""

    def __missing__(self, name: str) -> str:
        return name + ".ppm"
