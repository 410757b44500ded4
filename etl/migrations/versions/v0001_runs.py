"""The run history as it was before there were migrations: all figures of a run in its report."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("source", sa.String, nullable=False, index=True),
        sa.Column("trigger", sa.String, nullable=False),
        sa.Column("started", sa.DateTime, nullable=False),
        sa.Column("finished", sa.DateTime),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
    )
