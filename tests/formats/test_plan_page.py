"""The page of a plan: whole, well-formed, without script or address, and nobody's words are markup in it."""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser

from comity.core.compensation import Case, Need, Route, Supply
from comity.core.plan_report import plan_report
from comity.core.planning import greedy
from comity.formats.plan_page import content_policy, contrast_page, plan_page
from comity.formats.plan_picture import flow
from tests.formats.plans import HARM, case, lifted, report

VOID = frozenset({"meta", "br"})


class Reader(HTMLParser):
    """Refuses tags that are not closed in their order, and keeps what there is."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def sheet() -> str:
    return plan_page(
        report(), title=f"Plan {HARM}", stated=["as of then"], marking="SECRET", barred={"infrared": [HARM]}
    )


def contrasted() -> str:
    return contrast_page(lifted(), title="Two plans", stated=["as of then"], names=("before", HARM))


def test_a_page_runs_nothing_and_fetches_nothing() -> None:
    for page in (sheet(), contrasted()):
        found = read(page)
        assert not found.tags & {"script", "link", "img", "iframe", "object", "embed", "form", "a", "base"}
        assert not {name for name in found.attributes if name.startswith("on")} | found.attributes & {"href", "src"}
        assert not re.search(r"https?:|url\((?!#)|@import", page)
        (style,) = re.findall("<style>(.*)</style>", page, re.DOTALL)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert f"default-src 'none'; style-src 'sha256-{digest}'" == content_policy()
        assert content_policy() in unescape(page)
        assert "style=" not in page


def test_what_a_partner_wrote_is_text() -> None:
    for page in (sheet(), contrasted()):
        assert "<script" not in page
        assert HARM in "".join(read(page).text)


def test_the_page_says_all_that_the_plan_says() -> None:
    text = " ".join(read(sheet()).text)
    for name in (*case().needs, *case().supplies, "USA", "GBR", "POL", "FRA"):
        assert name in text
    for words in (
        "No plan covers more.",
        "waits for a lift: the suspension USA → UKR",
        "comes 29 hours too late",
        "Nobody offers anything for it.",
        "This covers it whole:",
        "as of then",
    ):
        assert words in text
    assert text.count("SECRET") == 2


def test_a_plan_of_nothing_has_a_page() -> None:
    text = " ".join(read(plan_page(plan_report(greedy(Case([], []))), title="Nothing", stated=["now"])).text)
    assert "every requirement is covered whole" in text
    assert "Nobody offers anything." in text


def test_the_picture_shows_what_flows_and_no_more() -> None:
    made = report().plan
    assert sheet().count('<path class="band"') == len(made.assigned)
    assert '<path class="band"' not in contrasted()


def test_needs_of_one_title_are_told_apart_in_the_picture() -> None:
    needs = [Need(id=f"n for {code}", title="convoys", wanted=1) for code in ("UKR", "POL")]
    supply = Supply(id="o-1", partner="GBR", title="GBR", capacity=1, routes=tuple(Route(need=n.id) for n in needs))
    drawn = flow(greedy(Case(needs, [supply])))
    assert [box.text for box in drawn.needs] == ["n for POL: convoys"]
    assert [box.text for box in drawn.supplies] == ["GBR"]
