"""What a node is set to, and which providers say who somebody is: all of it is changed by acts of its own."""

from functools import partial
from typing import Annotated, Final

from pydantic import Field, SecretStr
from starlette.responses import Response

from comity.core.errors import MalformedInput
from comity.core.role import Duty
from comity.service import providers
from comity.service.authority import LOCAL_LOGIN, governed, paired
from comity.service.partners import GREEN
from comity.service.ports import Store
from comity.service.providers import Provider
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.shapes import Name, Shape, Why


class Settings(Shape):
    """What a node is set to."""

    holder: str = Field(description="The partner whose node this is.")
    levels: list[str] = Field(description="The levels, lowest first.")
    green_community: str | None = Field(description="The community that TLP:GREEN means.")
    two_person: list[str] = Field(description="The acts that take two persons.")
    local_login: str = Field(description="`required`, or `trusted`: whoever may read the folder acts by name.")
    governed: bool = Field(description="Whether everyone acts by an account.")


class ProviderShown(Shape):
    """A provider of identity."""

    provider: str
    issuer: str
    client_id: str


class ProviderAdded(Why):
    """A provider to register, or one that is there and calls this node otherwise."""

    provider: Name = Field(description="What people here call it: up to 32 of a–z, 0–9 and -.", examples=["ministry"])
    issuer: Name = Field(
        description="Its address, exactly as it stands in its own `/.well-known/openid-configuration`.",
        examples=["https://id.example"],
    )
    client_id: Name = Field(description="What it calls this node.", examples=["comity"])
    secret: Annotated[SecretStr, Field(min_length=1, max_length=4000)] | None = Field(
        None, description="The secret that it gave this node. It is kept in the node's folder, and never shown."
    )


class ProviderList(Shape):
    """The providers, by name."""

    providers: list[ProviderShown]


def show(ask: Ask) -> Response:
    """What the node is set to."""
    with ask.reading(Duty.TERMS) as reader:
        policy, green = reader.policy(), reader.setting(GREEN)
        found = Settings(
            holder=policy.holder,
            levels=list(policy.levels),
            green_community=green if isinstance(green, str) else None,
            two_person=sorted(paired(reader)),
            local_login="required" if reader.setting(LOCAL_LOGIN) == "required" else "trusted",
            governed=governed(reader),
        )
        return answered(found)


def add_provider(do: Do, body: ProviderAdded) -> Response:
    """Register a provider, or change what it calls this node. Accounts are linked to it one by one."""
    new = Provider(name=body.provider, issuer=body.issuer, client_id=body.client_id)
    secret = None if body.secret is None else body.secret.get_secret_value().strip()
    if secret == "":
        raise MalformedInput("secret: it is empty: leave it out where the provider gave none")
    keep = None if secret is None else partial(do.served.kept.keep_provider_secret, body.provider, secret)

    def done(store: Store) -> ProviderShown:
        providers.add_provider(store, new, do.word(body), keep)
        return _shown(new)

    return do.done(Duty.ACCOUNTS, done)


def list_providers(ask: Ask) -> Response:
    """List the providers of identity."""
    with ask.reading(Duty.TERMS) as reader:
        return answered(ProviderList(providers=[_shown(each) for each in providers.providers(reader).values()]))


def _shown(found: Provider) -> ProviderShown:
    return ProviderShown(provider=found.name, issuer=found.issuer, client_id=found.client_id)


ROUTES: Final = (
    get("/settings", show, Settings),
    get("/providers", list_providers, ProviderList, command="provider list"),
    post("/providers", add_provider, ProviderShown, command="provider add"),
)
