"""Error masking: what clients see of errors that subgraphs return."""

from __future__ import annotations

from typing import Any

from entrepot.router.config import SubgraphErrorsConfig
from entrepot.shared.telemetry import get_logger

_log = get_logger(__name__)


class ErrorMasking:
    """Applies the rules of `subgraph_errors`; what they remove is logged."""

    def __init__(self, config: SubgraphErrorsConfig) -> None:
        self._config = config

    def mask(self, subgraph: str, entry: dict[str, Any]) -> dict[str, Any]:
        """The entry of `errors` for the client, from one that `subgraph` returned; without its path.

        The path is added by execution, with or without masking.
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
        masked = sorted(given.keys() - extensions.keys() - {"service"})
        if masked or message != entry["message"]:
            _log.info("subgraph.error_masked", subgraph=subgraph, error=entry["message"], extensions=given)
        return {"message": message, "extensions": extensions}
