"""To carry out what another person has proposed."""

from comity.service import attesting, suspending
from comity.service.attesting import Edge
from comity.service.ports import Store
from comity.service.proposals import seconding, waiting
from comity.service.records import Proposal, Word


def approve(store: Store, name: str, word: Word) -> Proposal:
    """Do what is proposed, now, if it can still be done; the act answers the proposal in its own transaction.

    Raises what the act itself raises, and Forbidden for the proposer and for whoever may not do it.
    """
    with store.read() as reader:
        found = waiting(reader, name)
    said = seconding(found, word)
    match found.kind:
        case "attest":
            attesting.perform(store, Edge(item=found.arguments["item"], source=found.arguments["source"]), said)
        case _:
            suspending.perform_lift(store, found.arguments["id"], said)
    return found._replace(answer="approved")
