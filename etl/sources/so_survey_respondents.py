"""Stack Overflow Developer Survey, from the answers of each respondent: technologies by role and by country.

A payload is the survey of one year, one row per respondent and one column per answer: a ZIP archive that holds
`survey_results_public.csv`, or that file itself. One row of the result is the percentage of a group's respondents to a
question who worked with a technology in the past year; `sample_size` is how many of the group answered that question.
Groups are everybody, a country (region), or a role (segment `role-...`). Oddities:

- Answers with several choices are joined with `;`. Roles are such an answer before 2023, and a single one from 2023.
- A missing answer is an empty cell or `NA`. Cells may hold line breaks.
- A technology of that year's list that nobody of a group chose is 0 percent; groups below ten respondents are left out.
- A slice (`...-slice`) is the beginning of a file and no random sample: its figures are estimates, and its last row may
  be cut. Anywhere else a row of another length is an error.
- Up to 90,000 rows of 170 columns: only the columns that count are kept, and rows pass by in blocks.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import IO, Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pycountry

from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request
from etl.schema import ALL_SEGMENTS, WORLD

_QUESTIONS: Final = {  # column -> indicator
    "LanguageHaveWorkedWith": "so_respondents_language_use",
    "WebframeHaveWorkedWith": "so_respondents_framework_use",
    "DatabaseHaveWorkedWith": "so_respondents_database_use",
}
_COLUMNS: Final = ["ResponseId", "DevType", "Country", *_QUESTIONS]
_GROUP: Final = ["indicator", "region", "segment"]
_FILE: Final = "survey_results_public.csv"
_ANSWERED: Final = ""  # stands for the name of a technology where all who answered the question are counted
_LEAST_RESPONDENTS: Final = 10
_BLOCK_BYTES: Final = 4 * 1024 * 1024
_NOBODY: Final = pd.Series(dtype="int64", index=pd.MultiIndex.from_arrays([[]] * 4, names=[*_GROUP, "name"]))


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per survey after `since`, with its slice where it is not to be had; this year's may not be out."""
    settings = entry.settings
    for year in range(settings["from"], max(today.year, settings["published_until"]) + 1):
        if since is None or year > since.year:
            scope = {"period_start": date(year, 1, 1)}
            slice_url = settings["slices"].get(year)
            yield Request(
                settings["url"].format(year=year),
                part=str(year),
                scope=scope,
                optional=year > settings["published_until"],
                otherwise=Request(slice_url, part=f"{year}-slice", scope=scope) if slice_url else None,
            )


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one survey: percent per question, technology and group.

    Raises ParseError when the archive or the table is damaged or cut, a column is missing, a country is not known, or
    no question has ten answers.
    """
    part = payload.request.part
    where = f"so_survey_respondents {part}"
    may_be_cut = part in entry.settings["cut"]
    bare = not payload.content.startswith((b"PK", b"<"))
    if bare and not may_be_cut and not payload.content.endswith(b"\n"):
        raise ParseError(f"{where}: the last line has no end; is the file cut?")
    try:
        with _opened(payload.content) as file:
            blocks = [_counted(block, entry) for block in _blocks(file, where, may_be_cut)]
    except (pa.ArrowInvalid, LookupError) as error:
        told = " ".join(str(error).split())[:200]
        raise ParseError(f"{where}: not the table of answers ({told}); has the layout changed?") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise ParseError(f"{where}: not a whole ZIP archive ({error}); is it cut?") from error
    counts = pd.concat([_NOBODY, *blocks]).groupby(level=[*_GROUP, "name"]).sum()
    answered = counts.index.get_level_values("name") == _ANSWERED
    respondents = counts[answered & (counts >= _LEAST_RESPONDENTS)].droplevel("name")
    unknown = [region for region in respondents.index.unique("region") if len(region) > 3]
    if unknown:
        raise ParseError(f"{where}: the country `{unknown[0]}` has no code; add it to `countries` of the entry.")
    if respondents.empty:
        raise ParseError(f"{where}: no question has {_LEAST_RESPONDENTS} answers; is it the whole file?")
    rows = _percentages(counts[~answered], respondents)
    status = "estimated" if part.endswith("-slice") else "final"
    return rows.assign(period_start=payload.request.scope["period_start"], frequency="Y", status=status)


@contextmanager
def _opened(content: bytes) -> Iterator[IO[bytes]]:
    """The table within the ZIP archive, unpacked as it is read, or the content itself."""
    if not content.startswith(b"PK"):
        cut = re.search(rb"([\xc0-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf7][\x80-\xbf]{0,2})\Z", content[-4:])
        yield io.BytesIO(content[: -len(cut[0])] if cut else content)  # half a character at the end is no text
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [n for n in archive.namelist() if n.split("/")[-1] == _FILE]
        if len(names) != 1:
            raise LookupError(f"{len(names)} files `{_FILE}` in the archive")
        with archive.open(names[0]) as file:
            yield file


def _blocks(file: IO[bytes], where: str, may_be_cut: bool) -> Iterator[pd.DataFrame]:
    """The answers (columns `_COLUMNS`, text or missing) in blocks of rows."""
    odd: list[Any] = []

    def note(row: Any) -> str:
        odd.append(row)
        return "skip"

    reader = pyarrow.csv.open_csv(
        file,
        read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False),  # else rows have no number
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=_COLUMNS,
            column_types=dict.fromkeys(_COLUMNS, pa.string()),
            null_values=["", "NA"],
            strings_can_be_null=True,
        ),
    )
    rows = 0
    seen: set[str] = set()
    for batch in reader:
        rows += batch.num_rows
        block = batch.to_pandas().drop_duplicates("ResponseId")
        yield block[~block["ResponseId"].isin(seen)]
        seen.update(block["ResponseId"])
    at_the_end = len(odd) == 1 and odd[0].number == rows + 2 and odd[0].actual_columns < odd[0].expected_columns
    if odd and not (may_be_cut and at_the_end):
        raise ParseError(
            f"{where}: row {odd[0].number} has {odd[0].actual_columns} cells in place of {odd[0].expected_columns}; "
            "is the file cut?"
        )


def _counted(block: pd.DataFrame, entry: Source) -> "pd.Series[int]":
    """Respondents of each group who chose a name, and who answered at all (name `_ANSWERED`), per question."""
    codes = _codes(entry)
    regions = block["Country"].map({name: codes.get(name, name) for name in block["Country"].dropna().unique()})
    roles = block["DevType"].str.split(";").explode().dropna().str.strip()
    renamed = entry.settings["roles"]
    segments = roles.map({role: f"role-{_slug(renamed.get(role, role))}" for role in roles.unique()})
    groups = pd.concat(
        [
            pd.DataFrame({"region": WORLD, "segment": ALL_SEGMENTS}, index=block.index),
            pd.DataFrame({"region": regions, "segment": ALL_SEGMENTS}).dropna(),
            pd.DataFrame({"region": WORLD, "segment": segments}).reset_index().drop_duplicates().set_index("index"),
        ]
    )
    counts = []
    for column, indicator in _QUESTIONS.items():
        answers = block[column].dropna()
        names = answers.str.split(";").explode().str.strip()
        named = pd.concat([names, pd.Series(_ANSWERED, index=answers.index)]).rename("name").to_frame()
        chosen = groups.join(named, how="inner").assign(indicator=indicator)
        counts.append(chosen.groupby([*_GROUP, "name"]).size())
    return pd.concat(counts)


def _percentages(counts: "pd.Series[int]", respondents: "pd.Series[int]") -> pd.DataFrame:
    """Draft rows (name, indicator, region, segment, value, sample_size) of each group and each name of its question."""
    frames = []
    for indicator, groups in respondents.groupby(level="indicator"):
        table = counts.xs(indicator, level="indicator").unstack("name", fill_value=0)
        sizes = groups.droplevel("indicator")
        percent = table.reindex(sizes.index, fill_value=0).mul(100).div(sizes, axis=0).round(4)
        rows = percent.reset_index().melt(["region", "segment"], var_name="name", value_name="value")
        behind = sizes.rename("sample_size").reset_index()
        frames.append(rows.merge(behind, on=["region", "segment"]).assign(indicator=indicator))
    return pd.concat(frames, ignore_index=True)


def _codes(entry: Source) -> dict[str, str | None]:
    """Country as published -> ISO 3166-1 alpha-2, or none for what is no country there; the entry comes first."""
    spellings = ("name", "official_name", "common_name")
    standard = {getattr(c, s): c.alpha_2 for c in pycountry.countries for s in spellings if hasattr(c, s)}
    return {**standard, **entry.settings["countries"]}


def _slug(role: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", role.casefold()).strip("-")
