"""Break flags: to which stretch of comparable periods a period belongs, and which break of method falls into it.

The stretches are those at which charts cut their lines (`dashboard.analysis.breaks.stretches`), counted in such a way
that a row keeps its number whatever else is asked for.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

import duckdb
import pyarrow as pa

from dashboard.data import Snapshot
from dashboard.export.dataset import DAY, TEXT
from etl.catalog import Catalog

SCHEMA: Final = pa.schema(
    [
        *(("source", TEXT), ("indicator", TEXT), ("region", TEXT), ("frequency", TEXT), ("period_start", DAY)),
        *(("stretch", pa.int64()), ("break", DAY)),
    ]
)
"""Only periods that have a flag; of all others, the stretch is 0."""

_BREAKS: Final = pa.schema(
    [("source", TEXT), ("indicator", TEXT), ("region", TEXT), ("begun", DAY), ("over", DAY), ("severs", pa.bool_())]
)

_FLAGS: Final = """
with periods as (
    select distinct source, indicator, region, frequency, period_start::date as period_start
    from observations where source in (select source from breaks)
), spans as (
    select *, (period_start + case frequency when 'D' then interval 1 day when 'W' then interval 7 day
        when 'M' then interval 1 month when 'Q' then interval 3 month else interval 1 year end)::date as after,
        lag(after) over (partition by source, indicator, region, frequency order by period_start) as since
    from periods
), touched as (
    select spans.*, begun, severs, period_start >= over as clean,
        over = begun and case frequency when 'D' then true when 'W' then (period_start - begun) % 7 = 0
            when 'M' then day(begun) = day(period_start)
            when 'Q' then day(begun) = day(period_start) and (month(begun) - month(period_start)) % 3 = 0
            else day(begun) = day(period_start) and month(begun) = month(period_start) end as sharp
    from spans join breaks on spans.source = breaks.source and spans.indicator = breaks.indicator
        and (breaks.region is null or breaks.region = spans.region) and begun < after
)
select source, indicator, region, frequency, period_start,
    sum(case when not severs then 0 when clean and not sharp then 2 else 1 end)::bigint as stretch,
    max(case when begun >= least(period_start, coalesce(since, period_start)) then begun end) as "break"
from touched group by all having stretch > 0 or "break" is not null
order by all
"""
"""A break on the first day of a period (`sharp`) begins one new stretch; within a period, that period is one, too."""

_made: WeakKeyDictionary[Snapshot, pa.Table] = WeakKeyDictionary()


def of(snapshot: Snapshot) -> pa.Table:
    """The flags of one version of the store (columns `SCHEMA`); read once."""
    if snapshot not in _made:
        with snapshot.opened() as connection:
            _made[snapshot] = read(connection, snapshot.catalog)
    return _made[snapshot]


def read(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> pa.Table:
    """The flags of the table `observations` of a connection."""
    connection.register("breaks", pa.Table.from_pylist(list(_breaks(catalog)), _BREAKS))
    return connection.sql(_FLAGS).to_arrow_table().cast(SCHEMA)


def _breaks(catalog: Catalog) -> Iterable[dict[str, Any]]:
    """One row per break, indicator and region; region is missing where the break concerns all."""
    for source in catalog.sources:
        for b in catalog.breaks(source.id):
            over = b.until + timedelta(days=1) if b.until else b.date
            for indicator in b.indicators or [i.id for i in source.indicators]:
                for region in (*b.regions,) or (None,):
                    row = {"source": source.id, "indicator": indicator, "region": region}
                    yield row | {"begun": b.date, "over": over, "severs": b.effect == "severs"}
