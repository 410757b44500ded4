"""Web frameworks in the Stack Overflow Developer Survey: used, desired, admired and wanted, by year.

The payload is a table of comma-separated values with a row per year and framework: respondents who worked with it
(`Current_Popularity`), who want to (`Desired_Popularity`), who did and want to again (`Loved`), who did not and want
to (`Wanted`), each with its `_Percent`, a fraction. One row of the result is one of these shares, in percent, with
the respondents behind it: all who named a web framework that year or, for the admired, those who worked with it.
Oddities:

- A row of zeros (with `nan` as the fraction of none) says that the framework was not in that year's list: missing.
- The recorder looks for a word within the answers, so Angular includes AngularJS, and ASP.NET includes ASP.NET Core.
- `Dreaded` is what is left of those who worked with it, and not kept.
"""

import io
from collections.abc import Iterable
from datetime import date
from typing import Final

import pandas as pd

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_SHARES: Final = {  # column of the respondents -> indicator
    "Current_Popularity": "so_survey_framework_used",
    "Desired_Popularity": "so_survey_framework_desired",
    "Loved": "so_survey_framework_admired",
    "Wanted": "so_survey_framework_wanted",
}
_COLUMNS: Final = ["Year", *(c for share in _SHARES for c in (share, f"{share}_Percent"))]


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request; the file holds all years."""
    yield Request(entry.urls[0], part="frameworks")


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows: percent of respondents per framework, year and indicator, with sample sizes.

    Raises ParseError when a column is missing, a cell is no number, or the file ends within a line.
    """
    where = f"so_survey_frameworks {payload.request.part}"
    table = _table(payload, where)
    table = table[(table["Current_Popularity"] > 0) | (table["Desired_Popularity"] > 0)]  # zeros: not in the list
    if table.empty:
        raise ParseError(f"{where}: not one framework that anybody works with; has the layout changed?")
    frames = []
    for column, indicator in _SHARES.items():
        percent = 100 * table[f"{column}_Percent"]
        behind = (100 * table[column] / percent.where(percent > 0)).round().astype("Int64")
        if percent.isna().any() or not percent.between(0, 100).all():
            raise ParseError(
                f"{where}: a fraction of `{column}_Percent` is missing or not 0 to 1; has the unit changed?"
            )
        frame = table[["Framework", "Year"]].assign(indicator=indicator, value=percent.round(4), sample_size=behind)
        frames.append(frame)
    _check_respondents(table, where)
    rows = pd.concat(frames, ignore_index=True).rename(columns={"Framework": "name"})
    days = [date(int(year), 1, 1) for year in rows.pop("Year")]
    # a survey is taken once a year: its figures are final on the day on which they come out
    return rows.assign(period_start=days, frequency="Y", status="final")


def _check_respondents(table: pd.DataFrame, where: str) -> None:
    """Counts and fractions must tell of the same respondents: all who answered; for `Loved`, those who worked with it.

    Raises ParseError when they do not.
    """
    answered = table["Current_Popularity"] / table["Current_Popularity_Percent"]
    wholes = {"Desired_Popularity": answered, "Wanted": answered, "Loved": table["Current_Popularity"]}
    for column, whole in wholes.items():
        behind = table[column] / table[f"{column}_Percent"]
        wrong = ((behind - whole).abs() > whole / 100) & (behind > 0) & (whole > 0)
        if wrong.any():
            raise ParseError(
                f"{where}: `{column}` is a fraction of {behind[wrong].iloc[0]:.0f} respondents, where "
                f"{whole[wrong].iloc[0]:.0f} were asked; has the unit changed?"
            )


def _table(payload: Payload, where: str) -> pd.DataFrame:
    """The table with numbers where they belong (a fraction of nobody is missing), whole to its last line."""
    try:
        table = pd.read_csv(io.BytesIO(payload.content), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except ValueError as error:  # pandas' parser errors, and bytes that are not UTF-8
        raise ParseError(f"{where}: not a table of comma-separated values ({str(error).strip()}).") from error
    missing = [column for column in ["Framework", *_COLUMNS] if column not in table]
    if missing or table.empty:
        what = f"lacks the column `{missing[0]}`" if missing else "holds no rows"
        raise ParseError(f"{where}: the table {what}; has the layout changed?")
    if not payload.content.endswith(b"\n"):
        raise ParseError(f"{where}: the file ends within line {len(table) + 1}; it is cut.")
    for column in _COLUMNS:
        numbers = pd.to_numeric(table[column].replace("nan", None), errors="coerce")
        wrong = (numbers.isna() & (table[column] != "nan")) | (numbers < 0)
        if column == "Year":
            wrong |= ~numbers.between(2000, 2100)
        if wrong.any():
            line = int(wrong.to_numpy().argmax())
            raise ParseError(f"{where}: line {line + 2} holds `{table[column][line]}` as {column}; is the file cut?")
        table[column] = numbers
    return table
