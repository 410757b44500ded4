"""The schema of the operational state, step by step; `etl.state` runs what is missing."""
