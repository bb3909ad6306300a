"""What a client sees of the errors that subgraphs report: nothing but what the configuration lets through."""

from __future__ import annotations

from typing import Any

from entrepot.router.config import SubgraphErrorsConfig
from entrepot.shared.telemetry import get_logger

_log = get_logger(__name__)


class ErrorMasking:
    """Applies the rules; what they take away is in the log."""

    def __init__(self, config: SubgraphErrorsConfig) -> None:
        self._config = config

    def present(self, subgraph: str, entry: dict[str, Any]) -> dict[str, Any]:
        """The entry of `errors` for the client, made of one that `subgraph` reported.

        Its path is not part of it: where a null comes from is said either way.
        """
        rule = self._config.subgraphs.get(subgraph, self._config.all)
        given = entry["extensions"]
        shows_all = "*" in rule.extensions
        extensions = {
            name: value for name, value in given.items() if name != "service" and (shows_all or name in rule.extensions)
        }
        if rule.show_subgraph:
            extensions["service"] = subgraph
        message = rule.message if rule.mode == "mask" else entry["message"]
        hidden = sorted(given.keys() - extensions.keys() - {"service"})
        if hidden or message != entry["message"]:
            _log.info("subgraph.error_hidden", subgraph=subgraph, error=entry["message"], extensions=given)
        return {"message": message, "extensions": extensions}
