"""What is computed from observations: pure frames in, frames out.

`figures` makes one indicator ready, the other modules take its parts. The common shape is a wide frame: one row per
period (every period between the first and the last, so that a hole is a row of missing values), one column per
technology.
"""
