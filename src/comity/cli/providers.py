"""`comity provider`: who else may say who somebody is."""

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.files import read_text
from comity.cli.options import ACTING, ASKING, ActingOptions, AskingOptions, opened, opened_node
from comity.cli.terminal import answer, said, table
from comity.core.errors import MalformedInput
from comity.core.role import Duty
from comity.service import providers
from comity.service.providers import Provider

provider = App(name="provider", help="Providers of identity (OpenID Connect).")


@provider.command(name="add")
def add(
    name: str,
    /,
    *,
    issuer: str,
    client_id: Annotated[str, Parameter(name="--client-id")],
    secret_file: Annotated[Path | None, Parameter(name="--secret-file")] = None,
    options: ActingOptions = ACTING,
) -> int:
    """Register a provider, or change what it calls this node. Accounts are linked to it one by one.

    Example: `comity provider add ministry --issuer https://id.example --client-id comity --secret-file secret.txt`

    Args:
        name: What people here call it: up to 32 of a–z, 0–9 and -.
        issuer: Its address, exactly as it stands in its own `/.well-known/openid-configuration`.
        client_id: What it calls this node.
        secret_file: A file with the secret that it gave this node; it is kept in the node's folder, under `keys`.
    """
    new = Provider(name=name, issuer=issuer, client_id=client_id)
    secret = None if secret_file is None else read_text(secret_file).strip()
    if secret == "":
        raise MalformedInput(f"--secret-file: `{secret_file}` is empty")
    with opened_node(options, needs=None) as node:
        keep = None if secret is None else partial(node.keep_provider_secret, name, secret)
        providers.add_provider(node.store, new, options.word, keep)
    return answer(options, _document(new), said(f"{name} may say who somebody is: `comity account link` says of whom"))


@provider.command(name="list")
def list_providers(*, options: AskingOptions = ASKING) -> int:
    """List the providers.

    Example: `comity provider list`
    """
    with opened(options, Duty.TERMS) as store, store.read() as reader:
        found = providers.providers(reader)
    rows = [(each.name, each.issuer, each.client_id) for each in found.values()]
    document = {"providers": [_document(each) for each in found.values()]}
    return answer(options, document, table(("name", "issuer", "client id"), rows))


def _document(found: Provider) -> dict[str, object]:
    return {"provider": found.name, "issuer": found.issuer, "client_id": found.client_id}
