"""The transformations that figures go through, in plain words and as formulas; the examples come from the store."""

from dataclasses import dataclass
from typing import Final

from dashboard.analysis import momentum
from dashboard.analysis.carriers import HALF_LIFE_YEARS, SPARSE_WEIGHS
from dashboard.analysis.cases import FEWEST_PEOPLE
from dashboard.analysis.conflict import FEWEST as FEWEST_FOR_TAU
from dashboard.analysis.linked import LEAST_COMMON
from dashboard.analysis.pooled import MONTHS
from dashboard.analysis.slope import FEWEST
from dashboard.analysis.wilson import FEWEST_ASKED
from dashboard.views.leading import OLD_YEARS


@dataclass(frozen=True)
class Method:
    """`id` is the anchor and the name of its example; `formula` has one line per step; `source` is what it follows."""

    id: str
    title: str
    plain: str
    formula: tuple[str, ...]
    source: str = ""


METHODS: Final = (
    Method(
        "share",
        "Share",
        "How much of a stated whole is one technology's. The whole is all that the source counts, not the few on the "
        "screen: such a share does not move when you choose other technologies. Downloads are shares of their registry "
        "alone; raw counts of two registries are never compared.",
        ("share = 100 × value ÷ whole, in the same period",),
    ),
    Method(
        "within",
        "Share within a use case",
        "Where a use case is in question, the whole is what one indicator counts for its technologies. This whole "
        "moves with our list, so the number that it adds up is always said. Who counts for two technologies is "
        "counted for each. Its momentum is taken with a linked sum, so that a technology that enters or leaves a "
        "source's list moves no other: back from the newest period, the sum changes as those do that are in both of "
        "two neighbouring periods. In the newest period it is the plain sum. Who misses some periods is in it with a "
        "straight line between its figures. Where those in both carry less than "
        f"{100 * LEAST_COMMON:g} % of the sum, nothing is linked: no momentum reaches across, and the page says why.",
        (
            "share within = 100 × value ÷ sum over the technologies of the use case that have a figure",
            "linked sum before = linked sum after × sum before ÷ sum after, both over those in both periods",
        ),
        "Linking: Consumer Price Index Manual (ILO and others, 2004).",
    ),
    Method(
        "index",
        "Index",
        "Each series as percent of its own value in one period, so that growth can be compared where sizes differ. "
        "It is told in the stretch of its base alone, never across a severing break. Without a choice, the base is the "
        "first period that all series share in the newest stretch of more than one period.",
        ("index = 100 × value ÷ value in the base period",),
    ),
    Method(
        "year-on-year",
        "Year on year",
        "Each period against the same one of the year before, which takes out the season. Days and weeks are set "
        "against those 52 weeks before, weekday against weekday. Shares change in percentage points, counts in "
        "percent. Never across a severing break.",
        ("in percent = 100 × (value ÷ value a year before − 1)", "in points = share − share a year before"),
    ),
    Method(
        "rank",
        "Rank",
        "The place among all technologies that are compared, not among those drawn: choosing fewer does not lift "
        "anybody. 1 is the best; ties share the better place (1, 1, 3).",
        ("rank = 1 + number of technologies with a better value",),
    ),
    Method(
        "smoothing",
        "Smoothing",
        "A choice, never the default: the mean of a few periods around each one. The raw series stays, faint. It does "
        "not reach across a severing break or a hole, and unfinished periods do not enter.",
        (
            "odd window m: mean of the m periods around the middle one",
            "even window m: the two ends count half, so that it stays centred (2 × m moving average)",
        ),
        "Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 3.3.",
    ),
    Method(
        "momentum",
        "Momentum",
        f"How fast a share changes, in percentage points a year. {momentum.METHOD}. A season is taken out first where "
        f"a test finds one; days and weeks are averaged by month. There is none with fewer than {FEWEST} figures, or "
        "where these span less than a year or half the window.",
        (
            "slope = median of (share₂ − share₁) ÷ (time₂ − time₁) over all pairs of periods",
            "interval = Sen's, from Kendall's S, whose variance grows where neighbours are alike",
        ),
        "Sen (1968); Hamed and Rao (1998); season: Kruskal and Wallis (1952).",
    ),
    Method(
        "tiers",
        "Surging, rising, steady, falling, fading",
        "A word for a momentum, taken from its interval, not from the slope alone. Sizes are a year, relative to "
        "the technology's own level: the median share in the window.",
        (
            f"steady: the interval holds zero, or the slope is below {momentum.NOTICED_PERCENT:g} % of the level",
            f"surging or fading: both ends lie beyond {momentum.FAST_PERCENT:g} % of the level",
            f"and the slope is at least {momentum.MATERIAL_PERCENT:g} % of the largest level that is compared",
            "rising or falling: everything between",
        ),
    ),
    Method(
        "wilson",
        "Interval of a share",
        "A survey or a month of job posts is a sample: the 95 % interval says what chance alone can do. It says "
        f"nothing of whom a survey reaches. Fewer than {FEWEST_ASKED} respondents or posts are marked or left out.",
        ("(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n), with z = 1.96",),
        "Wilson (1927); recommended by Brown, Cai and DasGupta (2001).",
    ),
    Method(
        "pooling",
        "Months taken together",
        f"A month of job posts is a few hundred, so {MONTHS} months are taken together for the newest figure. "
        "Neighbouring pooled figures share posts: slopes are taken of the single months.",
        (f"pooled share = shares of {MONTHS} months, each weighted by its number of posts",),
    ),
    Method(
        "tau",
        "Agreement of two sources",
        "How alike two indicators order the technologies that both carry: 1 is the same order, −1 the reverse, 0 none. "
        f"It needs {FEWEST_FOR_TAU} technologies: with fewer, no order differs from chance. Two indicators of one "
        "source, or that read the same count off one site, agree of themselves and are left out.",
        ("τ = (agreeing pairs − disagreeing pairs) ÷ all pairs, ties taken out of the denominator (tau-b)",),
        "Kendall (1945), Biometrika 33, 239–251.",
    ),
    Method(
        "percentile",
        "Percentile of a benchmark",
        "The percent of the other entries that one beats in the same test of the same round; ties count half. Figures "
        "of two rounds, or of two tests, are never compared as they are.",
        ("percentile = 100 × (n − middle rank) ÷ (n − 1)",),
    ),
    Method(
        "carriers",
        "Which indicator speaks",
        "Of each construct the indicator speaks that carries most of the technologies and is newest. Figures "
        f"{HALF_LIFE_YEARS:g} years older weigh half; what is measured now and then weighs {SPARSE_WEIGHS:g} of it. "
        "The weight chooses; it is never blended into a figure.",
        (f"weight = carried ÷ asked × 0.5^(age in years ÷ {HALF_LIFE_YEARS:g}) × ({SPARSE_WEIGHS:g} if now and then)",),
    ),
    Method(
        "ladder",
        "The use-case ladder",
        "From a use case to its languages, and from a language to its frameworks. A language counts through the "
        "frameworks and libraries that the catalogue gives to both; each step is one indicator, people first, then "
        "installs of one registry, questions, hiring, surveys, code. They stand beside each other, never blended.",
        (
            "step 1: share of a language = sum over its frameworks and libraries ÷ sum over those of all languages",
            "step 2: share within the language = value ÷ sum over those of one kind",
        ),
    ),
    Method(
        "breaks",
        "Breaks and stretches",
        "A dated change of method is a break. A severing one cuts the line: figures on its two sides are not compared, "
        "by no slope, index, mean or change. A disturbing one is marked, and the line goes on. Both carry evidence.",
        ("stretch = the periods between two severing breaks; a period in which one falls stands alone",),
    ),
    Method(
        "unfinished",
        "Unfinished, small and missing",
        "A period that is not over is drawn dashed and enters no rank and no slope. A missing value is missing, never "
        "zero: often it only lies below the publisher's cut. Economies with fewer than 100 developers, and answers of "
        f"fewer than ten people, are left out. Nobody leads a use case on fewer than {FEWEST_PEOPLE} people or "
        f"{FEWEST_ASKED} posts or respondents, nor, in the present tense, on figures more than {OLD_YEARS} years older "
        "than the newest.",
        ("no figure ≠ 0",),
    ),
)

CONSTRUCTS: Final = {
    "learning interest": "What people look up in order to learn: searches for tutorials, articles that are read.",
    "installs": "Copies fetched from a registry, by people, builds and mirrors alike. Machines, not people.",
    "code activity": "What happens in public repositories: pushes, pull requests, stars, dependents.",
    "people": "Distinct developers who push publicly, counted once per economy and quarter.",
    "questions asked": "Questions on public sites. Since late 2022 also a sign of how many ask a language model.",
    "hiring": "Job posts that name a technology, in a few places where such posts can be counted.",
    "survey use and sentiment": "What respondents say that they use, want or like. They choose themselves.",
    "benchmark speed": "How fast a synthetic test runs on one machine. It says nothing of who uses what.",
    "health": "Signs of upkeep: open issues, versions published.",
}
"""The things that indicators stand for, which are never blended into one number."""
