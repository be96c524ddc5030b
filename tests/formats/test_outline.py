"""A document as text: everything that it says is there, and nothing else."""

from comity.formats.outline import outline

DOCUMENT = {
    "to": "UKR",
    "newest": None,
    "covered": False,
    "unmet": ["rate", "freshness"],
    "more": [],
    "met": {},
    "reliability": {"A": 1, "B": 0},
    "sole_source": [{"requirement": "need", "count": 2, "originators": ["USA"]}, {"requirement": "other"}],
    "independent": [["USA"], ["FRA", "DEU"]],
}


def test_each_value_has_its_line() -> None:
    assert outline(DOCUMENT) == (
        "to: UKR\n"
        "newest: none\n"
        "covered: no\n"
        "unmet: rate, freshness\n"
        "more: none\n"
        "met: none\n"
        "reliability:\n"
        "  A: 1\n"
        "  B: 0\n"
        "sole source:\n"
        "- requirement: need\n"
        "  count: 2\n"
        "  originators: USA\n"
        "- requirement: other\n"
        "independent:\n"
        "- USA\n"
        "- FRA, DEU"
    )
