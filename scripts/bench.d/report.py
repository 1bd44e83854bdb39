"""What was found and where, as Markdown."""

import os
import platform
import re
import statistics
import subprocess

from process import timed

TIMES = ["wall s", "CPU s", "peak MiB"]
RATIOS = ["wall, times ours", "CPU, times ours"]


def print_machine(rounds: int) -> None:
    # A program that does nothing has the memory of the one that starts it.
    _, usage, _ = timed(["true"])
    print(f"""\
{cpu_model()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}. \
Load before: {load()}.
Medians of {rounds} rounds; in brackets the lowest and the highest round. Ratios are of times in \
the same round. Memory below {usage.ru_maxrss / 1024:.0f} MiB cannot be told; that of several \
processes is that of the largest.""")


def print_versions(commands: dict) -> None:
    for name, command in commands.items():
        print(f"- {name}: {version(command)}")


def version(command: list) -> str:
    """The first line with a number, or the first at all."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=30,
                              stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"its version could not be asked: {error}"
    lines = (said.stdout + said.stderr).strip().split("\n")
    numbered = [line for line in lines if re.search(r"\d\.\d", line)]
    return (numbered or lines)[0].strip(" *").removeprefix("Version: ")


def cpu_model() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def load() -> str:
    return " ".join(f"{average:.1f}" for average in os.getloadavg())


def print_load_after() -> None:
    print(f"\nLoad after: {load()}.")


def print_head(first: list, middle: list) -> None:
    names = [*first, *TIMES, *middle, *RATIOS]
    print_cells(names)
    print("|" + "---|" * len(names))


def print_row(first: list, it, middle: list, ours) -> None:
    """Of a row that failed only how."""
    if it.failure:
        print_cells([*first, "failed: " + it.failure.replace("|", "\\|")])
        return
    print_cells([*first, spread(it.wall), spread(it.cpu), f"{statistics.median(it.memory):.0f}",
                 *middle, ratio(it.wall, ours, ours.wall), ratio(it.cpu, ours, ours.cpu)])


def print_cells(cells: list) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def ratio(theirs: list, ours, times: list) -> str:
    if ours.failure:
        return "–"
    return "1" if theirs is times else spread([a / b for a, b in zip(theirs, times)])


def spread(values: list) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def print_program(row) -> None:
    note = f": {row.note}" if row.note else ""
    print(f"- {row.name()}{note}")
