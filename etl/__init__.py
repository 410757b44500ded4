"""The ETL of Stacktide: from published figures to one tidy store of observations."""

__version__ = "0.1.0"
