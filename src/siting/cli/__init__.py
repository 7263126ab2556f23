"""The command line: arguments, progress, exit codes. Nothing else in the package prints."""

from siting.cli.app import main

__all__ = ["main"]
