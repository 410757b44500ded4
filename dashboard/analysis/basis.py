"""What a use-case ladder stands on: which indicators speak of its technologies, in which order."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import pandas as pd

from dashboard.analysis.carriers import carriers
from etl.catalog import Catalog, Construct, Indicator
from etl.schema import WORLD

ORDER: Final[tuple[Construct, ...]] = (
    "people",  # one person counts the same everywhere
    "installs",  # within one registry at a time
    "questions asked",
    "hiring",
    "survey use and sentiment",
    "code activity",
)
AT_LARGE: Final[tuple[Construct, ...]] = (
    "people",
    "questions asked",
    "hiring",
    "survey use and sentiment",
    "code activity",
    "learning interest",
)

LISTS_OF_LANGUAGES: Final = frozenset({"linguist", "pypl"})
"""Schemes of sources that count languages: ASP.NET and Jinja are in them as markup, beside no other framework."""
LANGUAGES_ALONE: Final = "linguist"
"""The one of them that counts nothing else: PYPL has lists of databases and editors, too."""
OF_LANGUAGES: Final = LISTS_OF_LANGUAGES | {"stackoverflow", "hiring"}
"""Schemes that speak of the use of a language; a label, a package or the compiler's repository does not."""
SENTIMENT: Final = frozenset(  # surveys' questions on what people want or know; a ladder asks what they use
    {
        "so_survey_framework_desired",
        "so_survey_framework_admired",
        "so_survey_framework_wanted",
        "state_of_js_awareness",
        "state_of_js_interest",
        "state_of_js_retention",
    }
)


def of_frameworks(
    summary: pd.DataFrame, catalog: Catalog, technologies: Sequence[str], region: str = WORLD
) -> list[str]:
    """The best carrying indicator of each construct in `ORDER`; of installs that of each registry."""
    allowed = {i.id for i in catalog.indicator.values() if i.names not in LISTS_OF_LANGUAGES}
    return _best(summary, catalog, technologies, region, ORDER, allowed)


def of_languages(summary: pd.DataFrame, catalog: Catalog, languages: Sequence[str], region: str = WORLD) -> list[str]:
    """The best carrying indicator of each construct in `AT_LARGE`, among those that speak of languages."""
    allowed = {i.id for i in catalog.indicator.values() if i.names in OF_LANGUAGES}
    return _best(summary, catalog, languages, region, AT_LARGE, allowed)


def _best(
    summary: pd.DataFrame,
    catalog: Catalog,
    technologies: Sequence[str],
    region: str,
    constructs: Sequence[Construct],
    allowed: AbstractSet[str],
) -> list[str]:
    best: dict[tuple[str, str], str] = {}
    for indicator in carriers(summary, catalog, technologies, region)["indicator"]:
        entry = catalog.indicator[indicator]
        if indicator in allowed and indicator not in SENTIMENT:
            best.setdefault((entry.construct, _registry(entry)), indicator)
    return [indicator for construct in constructs for (of, _), indicator in best.items() if of == construct]


def _registry(indicator: Indicator) -> str:
    return indicator.names or "" if indicator.construct == "installs" else ""
