"""A comparison as a decision record in Markdown: question, figures with sources, limits, what would change it."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.analysis.momentum import METHOD
from dashboard.data import Snapshot
from dashboard.views.words import significant


def record(answer: Mapping[str, Any], snapshot: Snapshot, as_of: str | None) -> str:
    """The Markdown; links begin with `/`, and the browser puts the address of the server before them."""
    names: Mapping[str, str] = answer["names"]
    days = [day.isoformat() for day in snapshot.retrieved_on.values()]
    state = f"as of {as_of}, " if as_of else ""
    lines = [
        f"# {answer['question']}",
        "",
        f"Figures from [Stacktide](/compare?{answer['query']}): {state}version {snapshot.version} of the store"
        + (f", newest retrieval {max(days)}." if days else "."),
        "",
        "## What the figures say",
        "",
        answer["verdict"],
        "",
        answer["agreement"],
        "",
        "## Figures",
        "",
        _line(["Evidence", *names.values()]),
        _line(["---"] * (len(names) + 1)),
        *(_line([_evidence(row), *(_cell(row["cells"].get(t)) for t in names)]) for row in answer["standing"]),
        "",
        f"Percents: {_wholes(answer['standing'])}",
        "",
        f"Intervals in brackets are of 95 %. Momentum is of these percents: {METHOD}.",
        "",
        "## Sources",
        "",
        *(
            f"- [{row['source']}]({row['homepage']}), {row['title']}, {row['period']}. "
            f"{row['licence']}. {row['caveat']}"
            for row in answer["reasons"]
        ),
        "",
        *_pairs(answer["pairs"]),
        "## Limits",
        "",
        "- Each construct stands for something else; they are not added up to one number.",
        "- A missing figure is not a zero: the source does not list the technology, or not in its newest period.",
        *(f"- {each}" for each in answer["limits"]),
        "",
        "## What would change it",
        "",
        *(f"- {each}" for each in answer["changes"] or ["Newer figures."]),
        "",
        "## Decision",
        "",
        "- Decided: ",
        "- Because: ",
        "- To be looked at again on: ",
        "",
    ]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _evidence(row: Mapping[str, Any]) -> str:
    pooled = f", {row['pooled']} periods together" if row["pooled"] > 1 else ""
    return f"{row['construct'].capitalize()}: {row['title']}, {row['period']}{pooled}, places of {row['of']}"


def _cell(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "no figure"
    if cell["small"]:
        return "fewer than 10 asked"
    parts = [f"{cell['place']}{' (shared)' if cell['tied'] else ''}"]
    if cell["percent"] is not None:
        between = (
            f" ({significant(cell['low'], 3)} to {significant(cell['high'], 3)}; n = {cell['sample_size']:,.0f})"
            if cell["low"] is not None and cell["sample_size"] is not None
            else ""
        )
        parts.append(f"{significant(cell['percent'], 3)} %{between}")
    if cell["tier"] is not None:
        low, high = significant(cell["momentum_low"], 2), significant(cell["momentum_high"], 2)
        parts.append(
            f"{cell['tier']}, {significant(cell['momentum'], 2)} ({low} to {high}) points a year "
            f"over {cell['years']:.0f} years"
        )
    return "; ".join(parts)


def _wholes(rows: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{row['title']}: {row['percent_of']}" for row in rows) + "."


def _pairs(pairs: Sequence[Mapping[str, Any]]) -> list[str]:
    if not pairs:
        return []
    told = [
        f"- {each['first']} and {each['second']}: Kendall tau {significant(each['tau'], 2)}, {each['n']} technologies"
        for each in pairs[:5]
    ]
    return ["## Where sources disagree most", "", *told, ""]
