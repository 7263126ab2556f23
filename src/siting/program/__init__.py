"""The program: a mixed-integer maximisation as sparse arrays, all that a solver ever sees."""

from siting.program.builder import ProgramBuilder
from siting.program.names import FileNamer, file_names
from siting.program.program import Domain, Goal, Kind, Program, Section

__all__ = [
    "Domain",
    "FileNamer",
    "Goal",
    "Kind",
    "Program",
    "ProgramBuilder",
    "Section",
    "file_names",
]
