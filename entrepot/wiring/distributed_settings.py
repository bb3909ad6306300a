"""The settings of a process of the distributed shop: one section a concern, each read from `ENTREPOT_<SECTION>_*`."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from msgspec import Meta
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from entrepot.shared.config import read_settings
from entrepot.shared.db import ConnectionOptions
from entrepot.shared.db.engine import DatabaseUrlInvalid, split_tls
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events.bus.kafka_security import KafkaSecurity, SaslMechanism, SecurityProtocol
from entrepot.shared.events.bus.topics import PARTITIONS
from entrepot.shared.tls import TlsFilesInvalid, build_client_context, build_server_context
from entrepot.wiring.redis_settings import RedisSection

_DATABASE_URL: Final = "DATABASE_URL"
_PLACE: Final = "{name}"
_DRIVER: Final = "postgresql+asyncpg"
_PLAIN: Final = frozenset({"postgresql", "postgres"})
_REFUSED_PASSWORDS: Final = frozenset({"change-me", "entrepot", "postgres", "password"})


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Read from ENTREPOT_SERVER_*: where this process answers, and how it logs.

    With `cert_file` it answers over HTTPS only; its key is in `key_file`, or in the same file. `client_ca_file` has the
    CAs of client certificates, which every client must then present. All are PEM files.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 4001
    json_logs: bool = True
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    cert_file: str = ""
    key_file: str = ""
    client_ca_file: str = ""

    def build_tls(self) -> ssl.SSLContext | None:
        """None without a certificate; raises SettingsInvalid."""
        if not self.cert_file:
            if self.key_file or self.client_ca_file:
                raise SettingsInvalid("ENTREPOT_SERVER_CERT_FILE is not set: TLS needs the certificate of the server.")
            return None
        try:
            return build_server_context(self.cert_file, self.key_file or None, self.client_ca_file or None)
        except TlsFilesInvalid as error:
            raise SettingsInvalid(f"ENTREPOT_SERVER_*_FILE: {error}") from error


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """Read from ENTREPOT_SHOP_*.

    `folder` holds what is no row in a database: the keys of accounts and archives. `demo` allows demo data and demo
    logins, whose passwords everybody knows, and passwords of databases that stand in the examples. `demo_size` is
    `whole`, or `few` for five products without past orders.
    """

    folder: str = "data"
    demo: bool = False
    demo_size: Literal["whole", "few"] = "whole"


@dataclass(frozen=True, slots=True)
class KafkaSection:
    """Read from ENTREPOT_KAFKA_*: `host:port` of brokers, and of topics made here how many partitions and copies.

    Workers create missing topics if `create_topics` is set, else they refuse to start without them. A message counts as
    sent when `min_insync_replicas` copies of it are stored; 0 means two where `replication` is two or more.

    `security_protocol` and `sasl_mechanism` are what Kafka calls so. With `SSL` and `SASL_SSL` the certificates and
    names of brokers are verified by the CAs in `ca_file` (PEM), else by those of the system; `cert_file` and `key_file`
    are the client certificate.
    """

    brokers: tuple[str, ...] = ()
    prefix: str = "entrepot"
    partitions: Annotated[int, Meta(ge=1)] = PARTITIONS
    replication: Annotated[int, Meta(ge=1)] = 1
    create_topics: bool = True
    min_insync_replicas: Annotated[int, Meta(ge=0)] = 0
    security_protocol: SecurityProtocol = "PLAINTEXT"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.min_insync_replicas > self.replication:
            raise ValueError(
                f"ENTREPOT_KAFKA_MIN_INSYNC_REPLICAS is {self.min_insync_replicas}, more than "
                f"ENTREPOT_KAFKA_REPLICATION, which is {self.replication}: no message could ever be sent."
            )
        if self.security_protocol.startswith("SASL_") != bool(self.sasl_username and self.sasl_password):
            raise ValueError(
                f"ENTREPOT_KAFKA_SECURITY_PROTOCOL is {self.security_protocol}. Set ENTREPOT_KAFKA_SASL_USERNAME and "
                "ENTREPOT_KAFKA_SASL_PASSWORD with SASL_SSL or SASL_PLAINTEXT, and neither with the others."
            )
        if not self.security_protocol.endswith("SSL") and (self.ca_file or self.cert_file or self.key_file):
            raise ValueError(
                f"ENTREPOT_KAFKA_SECURITY_PROTOCOL is {self.security_protocol}, which is without TLS. Set it to SSL or "
                "SASL_SSL, or unset ENTREPOT_KAFKA_CA_FILE, _CERT_FILE and _KEY_FILE."
            )
        self.build_security()

    def build_security(self) -> KafkaSecurity:
        """How brokers are reached; raises ValueError for a file that cannot be used."""
        tls = None
        if self.security_protocol.endswith("SSL"):
            tls = build_client_context(
                ca_file=self.ca_file or None, cert_file=self.cert_file or None, key_file=self.key_file or None
            )
        return KafkaSecurity(
            protocol=self.security_protocol,
            tls=tls,
            mechanism=self.sasl_mechanism,
            username=self.sasl_username,
            password=self.sasl_password,
        )


@dataclass(frozen=True, slots=True)
class IdentitySection:
    """Read from ENTREPOT_IDENTITY_*: whom a subgraph believes.

    `public_keys` are files in PEM, those of the routers; several while a key is rotated. With `jwks_url` the client's
    own access token is believed as well, as it must be behind a router of another make. `jwks_ca_file` (PEM) has the
    CAs that are trusted for that URL, instead of those of the system.
    """

    public_keys: tuple[str, ...] = ()
    jwks_url: str = ""
    jwks_ca_file: str = ""
    issuer: str = "entrepot"
    audience: str = "entrepot"

    def build_jwks_tls(self) -> ssl.SSLContext | None:
        """None for the CAs of the system; raises SettingsInvalid."""
        if not self.jwks_ca_file:
            return None
        try:
            return build_client_context(ca_file=self.jwks_ca_file)
        except TlsFilesInvalid as error:
            raise SettingsInvalid(f"ENTREPOT_IDENTITY_JWKS_CA_FILE: {error}") from error


@dataclass(frozen=True, slots=True)
class DistributedSettings:
    """All of them; `urls` are the databases by subgraph."""

    server: ServerSettings
    shop: ShopSettings
    kafka: KafkaSection
    redis: RedisSection
    identity: IdentitySection
    connections: ConnectionOptions
    urls: Mapping[str, str]
    own: Mapping[str, str]
    """The environment without what was read here: the subgraphs' own settings are in it."""


def read_distributed(environ: Mapping[str, str], names: Sequence[str]) -> DistributedSettings:
    """The settings of a process for the subgraphs `names`; raises SettingsInvalid."""
    url_keys = {f"ENTREPOT_{name.upper()}_{_DATABASE_URL}": name for name in names}
    template = environ.get(f"ENTREPOT_{_DATABASE_URL}", "")
    given = {name: environ.get(key) or _expand(template, name) for key, name in url_keys.items()}
    own = {key: value for key, value in environ.items() if not key.endswith(f"_{_DATABASE_URL}")}
    shop = read_settings(ShopSettings, environ, "ENTREPOT_SHOP")
    return DistributedSettings(
        server=read_settings(ServerSettings, environ, "ENTREPOT_SERVER"),
        shop=shop,
        kafka=read_settings(KafkaSection, environ, "ENTREPOT_KAFKA"),
        redis=read_settings(RedisSection, environ, "ENTREPOT_REDIS"),
        identity=read_settings(IdentitySection, environ, "ENTREPOT_IDENTITY"),
        connections=read_settings(ConnectionOptions, own, "ENTREPOT_DATABASE"),
        urls={name: _check_url(name, url, is_demo=shop.demo) for name, url in given.items()},
        own=own,
    )


def require_kafka(settings: KafkaSection) -> tuple[str, ...]:
    """The brokers; raises SettingsInvalid without any, and says why there must be."""
    if not settings.brokers:
        raise SettingsInvalid(
            "ENTREPOT_KAFKA_BROKERS is not set. Subgraphs in processes of their own need a bus that reaches them all: "
            "without Kafka, what one announces would never arrive at the others. Name brokers as host:port, or run "
            "everything in one process with `entrepot serve` (PostgreSQL) or `entrepot dev` (SQLite)."
        )
    return settings.brokers


def require_redis(settings: RedisSection) -> str:
    """The URL; raises SettingsInvalid without one, and says why there must be."""
    if not settings.url:
        raise SettingsInvalid(
            "ENTREPOT_REDIS_URL is not set. Several processes share revoked tokens, limits and live updates there: "
            "without Redis, who logs out at one would stay logged in at the others. Name a server, such as "
            "redis://127.0.0.1:6379/0, or run everything in one process with `entrepot serve` (PostgreSQL) or "
            "`entrepot dev` (SQLite)."
        )
    return settings.url


def _expand(template: str, name: str) -> str:
    """The URL of the subgraph's database; a template that names only a server means the role and database `name`."""
    if not template or _PLACE in template:
        return template.replace(_PLACE, name)
    try:
        url = make_url(template)
    except ArgumentError:
        return template
    if url.get_backend_name() not in _PLAIN or url.username or url.database:
        return template
    return url.set(username=name, database=name).render_as_string(hide_password=False)


def _check_url(name: str, text: str, *, is_demo: bool) -> str:
    key = f"ENTREPOT_{name.upper()}_{_DATABASE_URL}"
    if not text:
        raise SettingsInvalid(
            f"{key} is not set, nor ENTREPOT_{_DATABASE_URL} with {{name}} in it. "
            f"Name the database, such as postgresql+asyncpg://{name}:PASSWORD@127.0.0.1:5432/{name}."
        )
    try:
        url = make_url(text)
    except ArgumentError:
        raise SettingsInvalid(f"{key} is no URL of a database.") from None
    if url.drivername in _PLAIN:
        url = url.set(drivername=_DRIVER)
    if url.drivername != _DRIVER:
        raise SettingsInvalid(
            f"{key} must begin with postgresql://, since several processes write; not {url.drivername}."
        )
    try:
        split_tls(url)
    except DatabaseUrlInvalid as error:
        raise SettingsInvalid(f"{key}: {error}") from error
    if not is_demo and url.password in _REFUSED_PASSWORDS:
        raise SettingsInvalid(f"The password in {key} stands in the examples, where everybody can read it. Change it.")
    return url.render_as_string(hide_password=False)
