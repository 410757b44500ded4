"""Runs the steps in the transaction that `etl.state` began, so that all of them are kept, or none."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
)
with context.begin_transaction():
    context.run_migrations()
