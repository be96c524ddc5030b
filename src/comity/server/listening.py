"""Where a server listens, and by which TLS.

Rule: what is served is secret. So beyond this machine it is served by TLS only, unless whoever starts the server says
in so many words that it is not to be: where something else, on the same trusted wire, does TLS for it.
"""

import socket
import ssl
import stat
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from comity.core.errors import Forbidden, MalformedInput, NodeBusy
from comity.server.plan import Plan, Tls

INSECURE: Final = "--insecure-listen-without-tls"
_BACKLOG: Final = 512


def listening(plan: Plan) -> list[socket.socket]:
    """Sockets that listen at every address that the host's name means.

    Raises Forbidden by the rule above, MalformedInput for what is no host, NodeBusy where somebody listens already.
    """
    found = _addresses(plan.host, plan.port)
    if plan.tls is None and not plan.insecure and not all(ip_address(host).is_loopback for _, host in found):
        raise Forbidden(
            f"`{plan.host}` can be reached from other machines, and there everything goes by TLS: name"
            f" --tls-certificate and --tls-key, or listen on 127.0.0.1; only where something else does TLS: {INSECURE}"
        )
    port, sockets = plan.port, []
    with ExitStack() as opened:
        for family, host in found:
            sockets.append(opened.enter_context(_bound(family, host, port)))
            port = sockets[0].getsockname()[1]
        opened.pop_all()
    return sockets


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as problem:
        raise MalformedInput(f"--host: `{host}` is no address of this machine: {problem}; try 127.0.0.1") from None
    return list(dict.fromkeys((family, str(place[0]).partition("%")[0]) for family, _, _, _, place in found))


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
        made.listen(_BACKLOG)
        made.settimeout(0)
    except OSError as problem:
        made.close()
        said = f"cannot listen on {shown(host, port)}: {problem.strerror}; name another --host or --port"
        raise NodeBusy(said) from problem
    return made


def shown(host: str, port: int) -> str:
    """An address as it stands in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def addresses(plan: Plan, sockets: list[socket.socket]) -> list[str]:
    """Where the server can be reached, as URLs."""
    scheme = "http" if plan.tls is None else "https"
    return [f"{scheme}://{shown(*found.getsockname()[:2])}" for found in sockets]


def context(tls: Tls) -> ssl.SSLContext:
    """TLS 1.2 or newer. MalformedInput, with the mend, for files that are none or do not belong together."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    made.set_alpn_protocols(["http/1.1"])
    _must_be_secret(tls.key)
    try:
        made.load_cert_chain(tls.certificate, tls.key, password=_no_password)
    except (OSError, ValueError) as problem:  # an SSLError is an OSError
        said = f"`{tls.certificate}` and `{tls.key}` are no certificate and its key, in PEM and without a password"
        raise MalformedInput(f"--tls-certificate: {said}: {_cause(problem)}; name others") from problem
    if tls.client_ca is not None:
        _ask_for_certificates(made, tls.client_ca)
    return made


def _ask_for_certificates(made: ssl.SSLContext, authority: Path) -> None:
    try:
        made.load_verify_locations(authority)
    except OSError as problem:
        said = f"--client-ca: `{authority}` holds no certificates in PEM: {_cause(problem)}; name another file"
        raise MalformedInput(said) from problem
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_STRICT


def _must_be_secret(key: Path) -> None:
    """A group may read a key: many a system keeps keys so. Everybody may not."""
    try:
        mode = key.stat().st_mode
    except OSError as problem:
        raise MalformedInput(f"--tls-key: `{key}` cannot be read: {problem.strerror}; name another") from problem
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise MalformedInput(f"--tls-key: everybody may look at `{key}`: make a new key, and `chmod 0600` it")


def _no_password() -> str:
    """Instead of asking for one on the terminal."""
    raise ValueError("it has a password")


def _cause(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLError):
        return problem.reason or "not PEM"
    return problem.strerror or str(problem) if isinstance(problem, OSError) else str(problem)
