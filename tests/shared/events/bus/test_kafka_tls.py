"""The bus on a real broker with TLS, client certificates and SASL."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError

from entrepot.shared.config import read_settings
from entrepot.shared.environment import Environment
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events import Message
from entrepot.shared.events.bus.kafka import KafkaBus, KafkaSettings
from entrepot.shared.events.bus.topics import Topic
from entrepot.wiring.distributed_settings import KafkaSection
from tests.support.certificates import Authority, Issued
from tests.support.servers import find_kafka_script, free_port

USER, PASSWORD = "shop", "s3cret"
TLS_ONLY: Mapping[str, str] = {"SECURITY_PROTOCOL": "SSL"}


@dataclass(frozen=True)
class SecureBroker:
    """A broker that demands a client certificate on one port, and a login by SASL on another one."""

    mutual: str
    sasl: str
    authority: Authority
    client: Issued

    def name_files(self) -> dict[str, str]:
        return {"CA_FILE": self.authority.ca_file, "CERT_FILE": self.client.cert_file, "KEY_FILE": self.client.key_file}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureBroker]:
    script = find_kafka_script()
    folder = tmp_path_factory.mktemp("secure-kafka")
    authority = Authority(folder, "own")
    issued = authority.issue("broker", "127.0.0.1")
    keystore = folder / "keystore.pem"
    keystore.write_bytes(Path(issued.key_file).read_bytes() + Path(issued.cert_file).read_bytes())
    module = "org.apache.kafka.common.security"
    scram = f"{module}.scram.ScramLoginModule required;"
    plain = f'{module}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    properties = folder / "secure.properties"
    properties.write_text(
        f"""
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={authority.ca_file}
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config={plain}
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config={scram}
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={scram}
"""
    )
    mutual, sasl = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    environ = {
        **os.environ,
        "KAFKA_EXTRA_LISTENERS": f"SSL://{mutual},SASL_SSL://{sasl}",
        "KAFKA_EXTRA_PROPERTIES": str(properties),
        "KAFKA_SCRAM_USER": f"{USER}:{PASSWORD}",
    }
    started = subprocess.run(
        [script, "start", folder / "data"], env=environ, capture_output=True, text=True, check=False
    )
    try:
        assert started.returncode == 0, started.stderr
        yield SecureBroker(mutual, sasl, authority, authority.issue("client"))
    finally:
        subprocess.run([script, "stop", folder / "data"], check=True)


def build_bus(address: str, settings: Mapping[str, str]) -> KafkaBus:
    """A bus as the environment's settings describe it."""
    environ = {"K_BROKERS": address, **{f"K_{name}": value for name, value in settings.items()}}
    section = read_settings(KafkaSection, environ, "K")
    prefix = uuid.uuid4().hex[:8]
    kafka = KafkaSettings(brokers=section.brokers, prefix=prefix, request_seconds=5, security=section.build_security())
    return KafkaBus(kafka, Environment.system())


async def send_and_receive(bus: KafkaBus) -> None:
    """Topics, producer and consumer group: every kind of client."""
    topic = f"tests.{uuid.uuid4().hex[:8]}"
    received = asyncio.Event()

    async def take(message: Message) -> None:
        assert message.value == b"1"
        received.set()

    await bus.create_topics([Topic(topic, 1)])
    await bus.open()
    try:
        await bus.publish([Message(topic, "a", b"1")])
        await bus.subscribe("one", [topic], take)
        await asyncio.wait_for(received.wait(), 40)
    finally:
        await bus.close()


async def test_mutual_tls(broker: SecureBroker) -> None:
    await send_and_receive(build_bus(broker.mutual, {**TLS_ONLY, **broker.name_files()}))


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_login_over_tls(broker: SecureBroker, mechanism: str) -> None:
    settings = {
        "SECURITY_PROTOCOL": "SASL_SSL",
        "CA_FILE": broker.authority.ca_file,
        "SASL_MECHANISM": mechanism,
        "SASL_USERNAME": USER,
        "SASL_PASSWORD": PASSWORD,
    }
    await send_and_receive(build_bus(broker.sasl, settings))
    with pytest.raises(KafkaError):
        await build_bus(broker.sasl, {**settings, "SASL_PASSWORD": "wrong"}).open()


async def test_what_does_not_fit_is_refused(broker: SecureBroker, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    for settings in (
        {**TLS_ONLY, **broker.name_files(), "CA_FILE": other.ca_file},
        {**TLS_ONLY, "CA_FILE": broker.authority.ca_file},
        {},
    ):
        with pytest.raises(KafkaError):
            await build_bus(broker.mutual, settings).open()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SECURITY_PROTOCOL": "SASL_SSL"}, "Set ENTREPOT_KAFKA_SASL_USERNAME and ENTREPOT_KAFKA_SASL_PASSWORD"),
        ({"SASL_USERNAME": "a", "SASL_PASSWORD": "b"}, "ENTREPOT_KAFKA_SECURITY_PROTOCOL is PLAINTEXT"),
        ({"CA_FILE": "/nowhere"}, "which is without TLS"),
        ({"SECURITY_PROTOCOL": "SSL", "CA_FILE": "/nowhere"}, "The file /nowhere cannot be read"),
        ({"SECURITY_PROTOCOL": "TLS"}, "Invalid enum value 'TLS'"),
    ],
)
def test_settings_that_do_not_fit_together(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        build_bus("127.0.0.1:1", settings)
