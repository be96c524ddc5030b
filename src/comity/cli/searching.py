"""`comity search` and `comity reindex`: find items by what they say, and make the index anew that this takes."""

import sys
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from comity.cli.options import ACTING, ASKING, ActingOptions, AskingOptions, Flag, opened_node
from comity.cli.plain import plural, safe
from comity.cli.terminal import Draw, answer, drawn, said, time_or_none, time_shown
from comity.core.role import Duty
from comity.formats.words import Snippet
from comity.service import indexing
from comity.service.releasing import outlet
from comity.service.search import Answer, Asked, Hit, Suggesting
from comity.service.search import search as searched
from comity.service.search import suggest as suggested


def search(
    query: str = "",
    /,
    *,
    to: str | None = None,
    limit: int = 20,
    after: Annotated[str | None, Parameter(help="Go on after this cursor, as `next` gave it.")] = None,
    suggest: Flag = False,
    options: ActingOptions = ACTING,
) -> int:
    """Find items by their words, type, domain, originator, labels, id and date.

    What became visible last comes first. Searching for a recipient hands over titles and pieces of text: what is shown
    is recorded first, as a response to it.

    Example: `comity search 'launch* "early warning" type:report after:2025-03-01'`

    Args:
        query: Words, `begin*`, `"in this order"`, and `type:`, `domain:`, `originator:`, `label:`, `id:`, `after:`,
            `before:`. All of it must hold; without any, everything is found.
        to: Search what this recipient may get, and hand over to it what is shown; by default everything held, or what
            a partner's account may get.
        limit: At most so many items, or suggestions.
        suggest: Take the query for the beginning of a word, and print the words that begin so.
    """
    with opened_node(options, needs=None) as node:
        way, word = outlet(node.store, node.vault), options.word
        if suggest:
            with suggested(way, Suggesting(beginning=query, word=word, to=to, limit=limit)) as words:
                document = {"to": words.to, "words": list(words.words)}
                return answer(options, document, drawn(*(said(each) for each in words.words or ("none",))))
        with searched(way, Asked(query=query, word=word, to=to, limit=limit, after=after)) as found:
            return answer(options, _document(found), _drawing(found))


def reindex(*, options: AskingOptions = ASKING) -> int:
    """Make the search index anew, from what is held; searches go on meanwhile.

    Example: `comity reindex`
    """
    with opened_node(options, needs=Duty.NODE) as node:
        count = indexing.rebuild(node.store, _progress if sys.stderr.isatty() else indexing.unheard)
    return answer(options, {"indexed": count}, said(f"{plural(count, 'item')} indexed"))


def _document(found: Answer) -> dict[str, object]:
    return {
        "to": found.to,
        "count": found.count,
        "hits": [
            {
                "item": hit.name,
                "id": hit.id,
                "version": hit.version,
                "type": hit.type,
                "title": hit.title,
                "since": time_or_none(hit.since),
                "snippet": hit.snippet
                and {"text": hit.snippet.text, "marks": [list(mark) for mark in hit.snippet.marks]},
            }
            for hit in found.hits
        ],
        "facets": {
            field: [{"value": each.value, "count": each.number} for each in values]
            for field, values in found.facets.items()
        },
        "next": found.next,
    }


def _drawing(found: Answer) -> Draw:
    counted = [
        said(f"{field}: {', '.join(f'{each.value} {each.number}' for each in values)}")
        for field, values in found.facets.items()
        if values
    ]
    more = [said(f"more: --after {found.next}")] if found.next else []
    return drawn(*map(_shown, found.hits), said(f"{plural(found.count, 'item')} found"), *counted, *more)


def _shown(hit: Hit) -> Draw:
    """An item: what it is called, and the piece of text that was found."""
    named = f"{hit.name}  {hit.type}  {time_shown(hit.since)}"
    title = [] if hit.title is None or (hit.snippet and hit.title in hit.snippet.text) else [said(f"  {hit.title}")]
    return drawn(said(named), *title, *([] if hit.snippet is None else [_piece(hit.snippet)]))


def _piece(snippet: Snippet) -> Draw:
    text, place = Text("  "), 0
    for start, end in snippet.marks:
        text.append(safe(snippet.text[place:start]))
        text.append(safe(snippet.text[start:end]), style="bold")
        place = end
    text.append(safe(snippet.text[place:]))

    def draw(console: Console) -> None:
        console.print(text, soft_wrap=True)

    return draw


def _progress(done: int, of: int) -> None:
    sys.stderr.write(f"\r{done:,} of {of:,} items indexed" + ("\n" if done == of else ""))
    sys.stderr.flush()
