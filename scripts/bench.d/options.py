"""What options of several scripts have in common."""

import os
import sys


def check_runs(runs: int) -> None:
    if runs < 5:
        sys.exit("--runs: at least 5; fewer say nothing on a machine that does other things too")


def check_files(option: str, paths: list) -> None:
    names = [os.path.basename(path) for path in paths]
    if len(set(names)) < len(names):
        sys.exit(f"{option}: two files have the same name")
    for path in paths:
        if not os.path.isfile(path):
            sys.exit(f"{option}: there is no file {path}")
