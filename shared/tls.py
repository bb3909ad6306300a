"""TLS contexts of clients and servers, built from PEM files; a file that does not fit is refused with the reason."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

_MINIMUM: Final = ssl.TLSVersion.TLSv1_2
_UNTRUSTED: Final = frozenset({18, 19, 20, 21})
"""What OpenSSL says of a chain that ends at no known certificate (X509_V_ERR_*)."""
_OTHER_NAME: Final = frozenset({62, 64})
_NOT_NOW: Final = frozenset({9, 10})
_DEMANDS_CERTIFICATE: Final = ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE", "BAD_CERTIFICATE")


class TlsFilesInvalid(ValueError):
    """A file of a certificate, a key or a CA cannot be used."""


def build_client_context(
    *, ca_file: str | None = None, cert_file: str | None = None, key_file: str | None = None
) -> ssl.SSLContext:
    """Verifies the server's certificate and name, by the CAs in `ca_file` alone, else by those of the system.

    The client shows the certificate in `cert_file`, where there is one; without a `key_file` the key is in it as well.
    Raises TlsFilesInvalid.
    """
    _check_pair(cert_file, key_file)
    context = ssl.create_default_context()
    if ca_file is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _load_ca(context, ca_file)
    context.minimum_version = _MINIMUM
    if cert_file is not None:
        load_certificate(context, cert_file, key_file)
    return context


def build_server_context(cert_file: str, key_file: str | None, client_ca_file: str | None = None) -> ssl.SSLContext:
    """Shows the certificate in `cert_file`; with `client_ca_file`, clients must show one of those CAs.

    Raises TlsFilesInvalid.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _MINIMUM
    context.set_alpn_protocols(["http/1.1"])
    # Renegotiation costs the server more than the client, and nobody needs it.
    context.options |= ssl.OP_NO_RENEGOTIATION
    load_certificate(context, cert_file, key_file)
    if client_ca_file is not None:
        _load_ca(context, client_ca_file)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def load_certificate(context: ssl.SSLContext, cert_file: str, key_file: str | None) -> None:
    """Let the context show this certificate from the next handshake on; raises TlsFilesInvalid."""
    _check_readable(cert_file)
    if key_file is not None:
        _check_readable(key_file)
    holder = key_file or cert_file
    try:
        # Without a password OpenSSL would ask for one at the terminal.
        context.load_cert_chain(cert_file, key_file, password="")
    except ssl.SSLError as error:
        if error.reason in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"):
            raise TlsFilesInvalid(
                f"The private key in {holder} does not belong to the certificate in {cert_file}. The certificate of "
                "the server or client itself comes first in the file, those of its CAs after it."
            ) from error
        raise TlsFilesInvalid(
            f"{cert_file} and {holder} cannot be used as a certificate and its private key. Both are PEM files, and "
            "the key has no passphrase."
        ) from error
    except ValueError as error:
        # OpenSSL found the key encrypted, and the password too short.
        raise TlsFilesInvalid(f"The private key in {holder} has a passphrase. Remove it.") from error


def describe_certificate_error(error: ssl.SSLCertVerificationError) -> str:
    """Why the certificate of a server was refused, and what to do about it."""
    said, code = error.verify_message, error.verify_code
    if code in _UNTRUSTED:
        return f"the certificate is not trusted ({said}): name the file of the CA that issued it as the CA file"
    if code in _OTHER_NAME:
        return f"the certificate is for another name ({said}): correct the URL, or issue a certificate for this name"
    if code in _NOT_NOW:
        return f"the certificate is not valid now ({said}): renew it, or correct the clock"
    return f"the certificate is not valid: {said}"


def describe_tls_error(error: ssl.SSLError) -> str:
    """Why TLS failed, and what to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return describe_certificate_error(error)
    reason = error.reason or str(error)
    if "UNKNOWN_CA" in reason:
        return f"the server does not trust the client certificate ({reason}): use one that a CA of the server issued"
    if any(name in reason for name in _DEMANDS_CERTIFICATE):
        return f"the server refused the handshake ({reason}): if it demands a client certificate, name its files"
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return f"the server does not speak TLS there ({reason}): correct the scheme or the port of the URL"
    return reason


def _check_pair(cert_file: str | None, key_file: str | None) -> None:
    if key_file is not None and cert_file is None:
        raise TlsFilesInvalid(f"The key file {key_file} has no certificate: name the certificate file as well.")


def _load_ca(context: ssl.SSLContext, path: str) -> None:
    _check_readable(path)
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise TlsFilesInvalid(f"The file {path} holds no certificate of a CA in PEM.") from error


def _check_readable(path: str) -> None:
    try:
        Path(path).open("rb").close()
    except OSError as error:
        raise TlsFilesInvalid(f"The file {path} cannot be read: {error.strerror or error}.") from error
