"""What a node is set to, and which providers say who somebody is: all of it is changed by acts of its own."""

from typing import Final

from pydantic import Field
from starlette.responses import Response

from comity.core.role import Duty
from comity.service.authority import LOCAL_LOGIN, governed, paired
from comity.service.partners import GREEN
from comity.service.providers import providers
from comity.web.rest.acting import Ask, answered
from comity.web.rest.describing import get
from comity.web.rest.shapes import Shape


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


def list_providers(ask: Ask) -> Response:
    """List the providers of identity."""
    with ask.reading(Duty.TERMS) as reader:
        found = [
            ProviderShown(provider=each.name, issuer=each.issuer, client_id=each.client_id)
            for each in providers(reader).values()
        ]
        return answered(ProviderList(providers=found))


ROUTES: Final = (
    get("/settings", show, Settings),
    get("/providers", list_providers, ProviderList, command="provider list"),
)
