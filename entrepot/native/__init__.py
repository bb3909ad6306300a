"""What docker-compose.yml describes, started without containers."""

from entrepot.native.compose_file import ComposeFile, Service, read_compose_file
from entrepot.native.supervisor import Supervisor
from entrepot.native.variables import choose_variables, find_free_ports, read_environment_file, write_environment_file

__all__ = [
    "ComposeFile",
    "Service",
    "Supervisor",
    "choose_variables",
    "find_free_ports",
    "read_compose_file",
    "read_environment_file",
    "write_environment_file",
]
