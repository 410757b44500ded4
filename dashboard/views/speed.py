"""The view Speed: what is fast in a benchmark, and used."""

from dataclasses import replace
from typing import Any

from dashboard.data import Data, Snapshot
from dashboard.views import asking, messages, options, sample_words
from dashboard.views.speed_answer import CONSTRUCT, Answered, answer_of, percentiles, tests
from dashboard.views.speed_cards import HEADING, against, headline, quadrants, rounds
from dashboard.views.words import listed
from etl.schema import ALL_SEGMENTS


def speed_view(data: Data, query: str) -> dict[str, Any]:
    """Everything that the page Speed shows for a query string; holds no NaN.

    Keys: state, query, selection, options, message, cards (`speed-use`, `speed-rounds`), quadrants (words and the
    technologies in them, most used first), headline, counted (what the tests differ in).
    """
    asked = asking.asked(data, query)
    snapshot = asked.snapshot
    offered = percentiles(snapshot)
    if not offered:
        return _empty(data, asked)
    speed, problem = asking.parameter(query, "speed", list(offered), next(iter(offered)))
    asked = asked.without(problem) if problem else asked
    test, problem = asking.parameter(query, "test", tests(snapshot, speed), ALL_SEGMENTS)
    asked = asked.without(problem) if problem else asked
    answered, uses, problem = answer_of(asked, offered[speed], test)
    asked = asked.without(problem, indicator=None) if problem else asked
    answered = replace(answered, asked=asked)
    return {
        "state": snapshot.key,
        "query": asked.query(
            speed=speed if speed != next(iter(offered)) else "",
            test=test.replace(" ", "+") if test != ALL_SEGMENTS else "",
        ),
        "selection": {
            "use_case": asked.selection.use_case,
            "technology": list(asked.selection.technology),
            "indicator": answered.use.id if answered.use else None,
            "as_of": asked.selection.as_of.isoformat() if asked.selection.as_of else None,
            "speed": speed,
            "test": test,
        },
        "options": {
            "use_case": options.use_cases(snapshot.catalog),
            "technology": _technologies(asked, speed),
            "indicator": uses,
            "as_of": options.days(data, asked.selection.as_of),
            "speed": [{"value": i.id, "label": i.title.split(",")[0]} for i in offered.values()],
            "test": _test_options(snapshot, speed),
        },
        "counted": _counted(snapshot, speed),
        "message": asked.message(_remark(answered)),
        "cards": {"speed-use": against(data, answered), "speed-rounds": rounds(data, answered)},
        "quadrants": quadrants(answered),
        "headline": headline(answered),
    }


def _test_options(snapshot: Snapshot, speed: str) -> list[dict[str, str]]:
    """The tests without the word that they share: the heading says it."""
    source, counted = snapshot.catalog.source_of[speed], _counted(snapshot, speed)
    return [
        {
            "value": t,
            "label": "All" if t == ALL_SEGMENTS else source.segment_title(t).removesuffix(counted).strip(),
        }
        for t in tests(snapshot, speed)
    ]


def _counted(snapshot: Snapshot, speed: str) -> str:
    """The last word of every test, where all have the same: `connections`."""
    source = snapshot.catalog.source_of[speed]
    words = {source.segment_title(t).split()[-1] for t in tests(snapshot, speed) if t != ALL_SEGMENTS}
    return next(iter(words)) if len(words) == 1 else ""


def _technologies(asked: asking.Asked, speed: str) -> list[dict[str, Any]]:
    there = asked.snapshot.technologies(speed)
    found = options.technologies(asked.snapshot.catalog, asked.selection)
    named = set(asked.selection.technology)
    return [each for each in found if each["value"] in there or each["value"] in named]


def _remark(answered: Answered) -> messages.Message | None:
    asked = answered.asked
    source = asked.snapshot.catalog.source_of[answered.speed.id].title
    lacking = [t for t in asked.selection.technology if t not in answered.measured]
    if not answered.measured:
        what = "these technologies" if lacking else "a technology of this use case"
        text = f"{source} does not measure {what}: it measures web back ends; choose such a use case."
        return {"level": "warning", "title": "Not measured", "text": text, "links": []}
    if lacking:
        text = f"{source} does not measure {listed(asking.named(asked, lacking).values())}."
        return {"level": "info", "title": "Not measured", "text": text, "links": []}
    return None


def _empty(data: Data, asked: asking.Asked) -> dict[str, Any]:
    sources = [s.id for s in asked.snapshot.catalog.sources if any(i.construct == CONSTRUCT for i in s.indicators)]
    text = f"This store holds no benchmark yet: run `stacktide refresh {' '.join(sources)}`."
    chosen = asked.selection
    return {
        "state": asked.snapshot.key,
        "query": asked.query(),
        "selection": {
            "use_case": chosen.use_case,
            "technology": list(chosen.technology),
            "indicator": None,
            "as_of": chosen.as_of.isoformat() if chosen.as_of else None,
            "speed": None,
            "test": ALL_SEGMENTS,
        },
        "options": {
            "use_case": options.use_cases(asked.snapshot.catalog),
            "technology": options.technologies(asked.snapshot.catalog, chosen),
            "indicator": [],
            "as_of": options.days(data, chosen.as_of),
            "speed": [],
            "test": [],
        },
        "message": asked.message({"level": "warning", "title": "No figures here", "text": text, "links": []}),
        "cards": {
            "speed-use": sample_words.absent(HEADING, text),
            "speed-rounds": sample_words.absent("Over the rounds", text),
        },
        "counted": "",
        "quadrants": [],
        "headline": "",
    }
