"""Certificates for a test: an authority, a server on this machine, and a client."""

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from comity.server.plan import Tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Where they are."""

    folder: Path

    def tls(self, *, clients: bool = False) -> Tls:
        """What the server is told."""
        ca = self.folder / "ca.pem" if clients else None
        return Tls(certificate=self.folder / "server.pem", key=self.folder / "server.key", client_ca=ca)

    def context(self, *, client: str | None = None) -> ssl.SSLContext:
        """With what a client connects."""
        found = ssl.create_default_context(cafile=self.folder / "ca.pem")
        if client is not None:
            found.load_cert_chain(self.folder / f"{client}.pem", self.folder / f"{client}.key")
        return found


def make(folder: Path) -> Certificates:
    """An authority with a server and a client; and a stranger, of an authority of its own."""
    ca = _key()
    _write(folder, "ca", ca, _certificate("an authority", ca, None, None))
    own = _name("an authority")
    _write(folder, "server", *_issued("server", ca, own, ExtendedKeyUsageOID.SERVER_AUTH))
    _write(folder, "client", *_issued("client", ca, own, ExtendedKeyUsageOID.CLIENT_AUTH))
    other = _key()
    _write(folder, "stranger", *_issued("stranger", other, own, ExtendedKeyUsageOID.CLIENT_AUTH))
    return Certificates(folder=folder)


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _issued(
    name: str, ca: ec.EllipticCurvePrivateKey, issuer: x509.Name, use: x509.ObjectIdentifier
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = _key()
    return key, _certificate(name, key, (ca, issuer), use)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: tuple[ec.EllipticCurvePrivateKey, x509.Name] | None,
    use: x509.ObjectIdentifier | None,
) -> x509.Certificate:
    signer, issuer = by or (key, _name(name))
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(_usage(authority=by is None), critical=True)
    )
    if use is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        made = made.add_extension(names, critical=False).add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    return made.sign(signer, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _write(folder: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    secret = folder / f"{name}.key"
    secret.touch(0o600)
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
