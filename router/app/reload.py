"""Triggers of a hot reload: changed files, and a signal."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from entrepot.router.app.application import RouterApp
from entrepot.router.app.tls import list_tls_files, renew_server_tls
from entrepot.router.config import RouterConfig
from entrepot.router.config.reader import read_text
from entrepot.router.errors import ConfigurationInvalid, InternalError
from entrepot.shared.clock import Clock
from entrepot.shared.telemetry import get_logger

ReadConfig = Callable[[], RouterConfig]
Signature = tuple[int, int, int]

_REMEDY: Final = "The old one stays in service. Correct the file, which is read again when it changes, or send SIGHUP."
# A file that is being written is read when it has not changed for this long, in seconds.
_SETTLE: Final = 0.1
# What a process is bound to from its start.
_FIXED: Final = (
    "host",
    "port",
    "access_log",
    "json_logs",
    "log_level",
    "keep_alive",
    "graceful_shutdown",
    "drain_seconds",
    "websocket_compression",
)
_log = get_logger(__name__)


class FileWatch:
    """Tells whether files have changed since it looked last: by time, size and inode, as editors replace files."""

    def __init__(self) -> None:
        self._seen: Mapping[Path, Signature | None] = {}

    def look(self, paths: Iterable[Path]) -> bool:
        """Whether any of the files, and of those in folders among them, is another one than before."""
        found = {path: _sign(path) for path in _expand(paths)}
        has_changed = found != self._seen
        self._seen = found
        return has_changed


class Reloader:
    """Reloads an application when asked to, and when what it was built from has changed.

    `tls` is the context of the server, whose certificate is read again. An error is logged, and the reload is tried
    again when the files change.
    """

    def __init__(
        self,
        app: RouterApp,
        config_file: Path | None,
        read_config: ReadConfig | None,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._app = app
        self._config_file = config_file
        self._read_config = read_config
        self._clock = clock
        self._tls = tls
        self._asked = asyncio.Event()
        self._watch = FileWatch()

    def ask(self) -> None:
        """Reload soon, whether anything has changed or not."""
        self._asked.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        await asyncio.to_thread(self._watch.look, self._list_files())
        # What has changed since the application was built, and before the first look, shows in no later one.
        has_changed = self._app.config.reload.watch and not self._is_up_to_date()
        while True:
            if self._asked.is_set() or has_changed:
                self._asked.clear()
                await self._reload()
            await self._wait()
            has_changed = await self._look()

    def _is_up_to_date(self) -> bool:
        try:
            config = self._read()
            return config == self._app.config and _read_supergraph(config) == self._app.supergraph_sdl
        except InternalError:
            return False

    def _read(self) -> RouterConfig:
        return self._app.config if self._read_config is None else self._read_config()

    def _list_files(self) -> list[Path]:
        return _list_files(self._app.config, self._config_file)

    async def _wait(self) -> None:
        rules = self._app.config.reload
        seconds = rules.poll_interval if rules.watch else None
        with suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), seconds)

    async def _look(self) -> bool:
        """Whether the files have changed; if so, when they have settled."""
        if not self._app.config.reload.watch:
            return False
        paths = self._list_files()
        if not await asyncio.to_thread(self._watch.look, paths):
            return False
        while True:
            await self._clock.sleep(_SETTLE)
            if not await asyncio.to_thread(self._watch.look, paths):
                return True

    async def _reload(self) -> None:
        """Keep what is in service when the new one cannot be built, whatever the reason."""
        old = self._app.config
        try:
            config = self._read()
            if self._tls is not None and config.server.tls is not None:
                renew_server_tls(self._tls, config.server.tls)
            await self._app.reload(_read_supergraph(config), config)
        except InternalError as error:
            _log.error("reload.failed", code=error.code, error=error.message, remedy=_REMEDY)
        except Exception as error:  # noqa: BLE001 - a fault of ours in a new supergraph must not end the old one
            _log.error("reload.failed", remedy=_REMEDY, exc_info=error)
        else:
            fixed = [f"server.{name}" for name in _FIXED if getattr(config.server, name) != getattr(old.server, name)]
            if _needs_other_context(config, old):
                fixed.append("server.tls")
            if config.observability != old.observability:
                fixed.append("observability")
            if fixed:
                _log.warning("reload.needs_restart", settings=fixed)
            _log.info("reload.done", subgraphs=len(self._app.snapshot.supergraph.subgraphs))


def _needs_other_context(config: RouterConfig, old: RouterConfig) -> bool:
    """Whether TLS is turned on or off, or demands client certificates of other CAs."""
    new, former = config.server.tls, old.server.tls
    if new is None or former is None:
        return new is not former
    return new.client_ca_file != former.client_ca_file


def _read_supergraph(config: RouterConfig) -> str:
    if config.supergraph is None:
        raise ConfigurationInvalid("Which supergraph to serve is no longer said. Set `supergraph`.")
    return read_text(Path(config.supergraph))


def _list_files(config: RouterConfig, config_file: Path | None) -> list[Path]:
    """Every file and folder that the router reads."""
    authentication = config.authentication
    named = [
        config_file,
        config.supergraph,
        config.identity.key_file,
        authentication.api_keys.file,
        *(issuer.jwks_file for issuer in authentication.issuers),
        *(issuer.jwks_ca_file for issuer in authentication.issuers),
        *list_tls_files(config),
        *config.persisted_documents.paths,
    ]
    return [Path(each) for each in named if each is not None]


def _expand(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield path
        if path.is_dir():
            yield from path.rglob("*")


def _sign(path: Path) -> Signature | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
