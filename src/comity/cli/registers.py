"""`comity domain` and `comity condition`: the words that claims and agreements may use."""

from cyclopts import App

from comity.cli.options import ACTING, ASKING, ActingOptions, AskingOptions, opened
from comity.cli.terminal import answer, said, table
from comity.core.role import Duty
from comity.service import partners

domain = App(name="domain", help="Domains.")
condition = App(name="condition", help="Conditions of use.")


@domain.command(name="add")
def add_domain(name: str, /, *, options: ActingOptions = ACTING) -> int:
    """Register a domain.

    Example: `comity domain add early-warning`

    Args:
        name: The domain's name, as claims and agreements will write it.
    """
    with opened(options, needs=None) as store:
        partners.add_domain(store, name, options.word)
    return answer(options, {"domain": name}, said(f"the domain {name} is registered"))


@domain.command(name="list")
def list_domains(*, options: AskingOptions = ASKING) -> int:
    """List the domains; `general` always exists.

    Example: `comity domain list`
    """
    with opened(options, Duty.TERMS) as store, store.read() as reader:
        names = sorted(reader.policy().known_domains())
    return answer(options, {"domains": names}, table(("domain",), [(name,) for name in names]))


@condition.command(name="add")
def add_condition(name: str, /, *, options: ActingOptions = ACTING) -> int:
    """Register a condition of use.

    Example: `comity condition add no-targeting`

    Args:
        name: The condition's name, as claims and agreements will write it.
    """
    with opened(options, needs=None) as store:
        partners.add_condition(store, name, options.word)
    return answer(options, {"condition": name}, said(f"the condition {name} is registered"))


@condition.command(name="list")
def list_conditions(*, options: AskingOptions = ASKING) -> int:
    """List the conditions of use.

    Example: `comity condition list`
    """
    with opened(options, Duty.TERMS) as store, store.read() as reader:
        names = sorted(reader.policy().conditions)
    return answer(options, {"conditions": names}, table(("condition",), [(name,) for name in names]))
