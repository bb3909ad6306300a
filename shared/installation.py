"""The version of this installation, and how to add an extra that is not installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def read_version() -> str:
    """The version of the installed package; `0+unknown` when the code runs without being installed."""
    try:
        return version("entrepot")
    except PackageNotFoundError:
        return "0+unknown"


def explain_missing(module: str | None, extra: str) -> str:
    """What to install when `module` is missing, as the end of a sentence that names who needs it.

    Entrepot is on no package index, so the text names the wheel and the clone, never a bare distribution name.
    """
    return (
        f"needs the Python module {module}, which is not installed. Install the extra `{extra}` of the wheel or clone "
        f"that Entrepot comes from: pip install '/path/to/entrepot-{read_version()}-py3-none-any.whl[{extra}]', "
        f"or pip install '/path/to/clone[{extra}]'."
    )
