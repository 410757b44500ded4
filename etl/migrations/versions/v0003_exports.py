"""Scheduled exports, and what their runs did, get tables."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "exports",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("selection", sa.Text, nullable=False),
        sa.Column("format", sa.String, nullable=False),
        sa.Column("spreadsheet", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("keep", sa.Integer, nullable=False),
        sa.Column("cron", sa.String),
        sa.Column("timezone", sa.String, nullable=False, server_default="UTC"),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("store", sa.String),
        sa.Column("store_version", sa.BigInteger),
    )
    op.create_table(
        "export_runs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("export", sa.String, nullable=False, index=True),
        sa.Column("trigger", sa.String, nullable=False),
        sa.Column("started", sa.DateTime, nullable=False),
        sa.Column("finished", sa.DateTime),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("file", sa.Text),
        sa.Column("rows", sa.BigInteger),
        sa.Column("bytes", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.Column("store_version", sa.BigInteger),
        sa.Column("process", sa.String),
    )
