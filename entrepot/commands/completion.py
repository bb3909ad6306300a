"""`entrepot completion`: the script that a shell reads to complete commands and options."""

from __future__ import annotations

import argparse

from entrepot.command_line.completion import print_completion


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    print(print_completion(arguments.shell), end="")
    return 0
