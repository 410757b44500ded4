"""Files: data sets with units, licences, breaks and citation, as CSV, JSON, NDJSON, Parquet, XLSX or a bundle of all.

A data set stands behind all formats, so that they hold the same values. Missing values are empty or null, never zero,
never a word.
"""

from dashboard.export.columns import COLUMNS, SHOWN
from dashboard.export.dataset import Column, Dataset
from dashboard.export.observations import observations
from dashboard.export.schemas import csvw
from dashboard.export.writing import FORMATS, Format, stream, write

__all__ = ["COLUMNS", "FORMATS", "SHOWN", "Column", "Dataset", "Format", "csvw", "observations", "stream", "write"]
