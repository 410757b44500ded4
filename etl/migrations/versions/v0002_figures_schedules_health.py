"""The figures of a run get columns, filled from the reports; schedules and health get tables."""

import json
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

COUNTS = ("requests", "bytes", "rows", "rows_added", "rows_changed", "rows_removed")
DAYS = ("newest_period_before", "newest_period", "retrieved_on")
LONG = ("unknown_names", "failed_parts", "not_yet_published", "catalogue")
AT_ONCE = 500

RUNS = sa.table(
    "runs",
    sa.column("id", sa.Integer),
    sa.column("report", sa.Text),
    *(sa.column(name, sa.BigInteger) for name in (*COUNTS, "unknown_count", "failed_count", "store_version")),
    *(sa.column(name, sa.Date) for name in DAYS),
    sa.column("error", sa.Text),
)


def upgrade() -> None:
    """Add columns and tables, and fill the columns."""
    for name in (*COUNTS, "unknown_count", "failed_count"):
        op.add_column("runs", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    for name in DAYS:
        op.add_column("runs", sa.Column(name, sa.Date))
    op.add_column("runs", sa.Column("error", sa.Text))
    op.add_column("runs", sa.Column("store_version", sa.BigInteger))
    op.add_column("runs", sa.Column("process", sa.String))
    op.create_table(
        "schedules",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("cron", sa.String),
        sa.Column("hours", sa.Float),
        sa.Column("timezone", sa.String, nullable=False, server_default="UTC"),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("changed", sa.DateTime, nullable=False),
    )
    op.create_table(
        "health",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("told", sa.String),
    )
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    last = 0
    while True:
        query = sa.select(RUNS.c.id, RUNS.c.report).where(RUNS.c.id > last).order_by(RUNS.c.id).limit(AT_ONCE)
        found = connection.execute(query).all()
        for run, report in found:
            connection.execute(RUNS.update().where(RUNS.c.id == run).values(_columns(json.loads(report))))
        if len(found) < AT_ONCE:
            return
        last = found[-1].id


def _columns(report: dict[str, Any]) -> dict[str, Any]:
    """The columns of one run; a run that has not ended has an empty report."""
    counts = {name: report.get(name) or 0 for name in COUNTS}
    days = {name: date.fromisoformat(report[name]) if report.get(name) else None for name in DAYS}
    return {
        **counts,
        **days,
        "unknown_count": report.get("unknown_count") or 0,
        "failed_count": len(report.get("failed_parts") or ()),
        "error": report.get("error"),
        "store_version": report.get("store_version"),
        "report": json.dumps({name: report[name] for name in LONG if name in report}),
    }
