"""The columns of every file of observations: the store's, joined with what the catalogue says of them."""

from typing import Final

import pyarrow as pa

from dashboard.export.dataset import DAY, TEXT, Column
from etl import schema

COLUMNS: Final[dict[str, Column]] = {
    "source": Column(TEXT, "Id of the source: one published data set of one publisher."),
    "indicator": Column(TEXT, "Id of the indicator: what is measured."),
    "technology": Column(TEXT, "Id of the technology; `all` is the whole that the source counts."),
    "technology_name": Column(TEXT, "Name of the technology."),
    "kind": Column(TEXT, "Kind of the technology: language, framework, library, database, tool or platform."),
    "region": Column(TEXT, "ISO 3166-1 alpha-2 code, `EU`, or `WLD` for the world; `NA` is Namibia."),
    "segment": Column(TEXT, "The population slice that the value speaks of; `all` is everybody."),
    "period_start": Column(DAY, "First day of the period."),
    "frequency": Column(TEXT, "Length of the period: D, W, M, Q or Y."),
    "value": Column(pa.float64(), "The value, in the unit of the row; percents are 0 to 100.", "as in `unit`"),
    "unit": Column(TEXT, "Unit of the value."),
    "sample_size": Column(pa.int64(), "Respondents, posts or items behind the value, where known."),
    "status": Column(TEXT, "final, provisional, partial (an unfinished period) or estimated."),
    "stretch": Column(
        pa.int64(),
        "Number of the stretch of comparable periods: it grows at each break of method that severs; rows of one series "
        "in different stretches cannot be compared.",
    ),
    "break": Column(DAY, "Date of the break of method that falls into the period, or between it and the one before."),
    "vintage": Column(DAY, "Day on which the value was published or, failing that, fetched."),
    "payload": Column(TEXT, "SHA-256 of the bytes that the value came from."),
    "construct": Column(TEXT, "What the indicator stands for: installs, hiring ..."),
    "licence": Column(TEXT, "Licence of the figures."),
    "attribution": Column(TEXT, "Whom to name as the origin of the figures."),
    "retrieved_on": Column(DAY, "Day on which the source was last fetched."),
}
"""Column -> type and description, in the order of every format."""

SHOWN: Final[dict[str, Column]] = {
    "shown_value": Column(pa.float64(), "The value as the chart shows it.", "as in `shown_unit`"),
    "shown_unit": Column(TEXT, "Unit of the value shown."),
}
"""What a view adds to `COLUMNS`."""

KEY: Final = tuple(dict.fromkeys(["source", *schema.SORT, *schema.KEY]))
"""The order of rows: the store's, and total."""
