"""A certificate authority of the test's own, and what it issues, as PEM files."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    """A certificate and its private key."""

    cert_file: str
    key_file: str


class Authority:
    """Its own certificate is in `ca_file`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._begin(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.ca_file = str(folder / f"{name}.ca.pem")
        Path(self.ca_file).write_bytes(certificate.public_bytes(Encoding.PEM))

    def issue(
        self, name: str, *hosts: str, is_expired: bool = False, passphrase: bytes | None = None, user: str | None = None
    ) -> Issued:
        """A certificate for these host names and addresses; `user` is its common name, by default `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user or name)])
        builder = self._begin(subject, key.public_key(), is_expired=is_expired)
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_name_host(host) for host in hosts]), critical=False
            )
        certificate = builder.sign(self._key, hashes.SHA256())
        issued = Issued(str(self._folder / f"{name}.cert.pem"), str(self._folder / f"{name}.key.pem"))
        Path(issued.cert_file).write_bytes(certificate.public_bytes(Encoding.PEM))
        encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        Path(issued.key_file).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
        Path(issued.key_file).chmod(0o600)
        return issued

    def trust(self, issued: Issued | None = None) -> ssl.SSLContext:
        """The context of a client that trusts this authority, and shows the certificate."""
        context = ssl.create_default_context(cafile=self.ca_file)
        if issued is not None:
            context.load_cert_chain(issued.cert_file, issued.key_file)
        return context

    def _begin(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, is_expired: bool = False
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 10 * _DAY)
            .not_valid_after(now - _DAY if is_expired else now + _DAY)
        )


def _name_host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
