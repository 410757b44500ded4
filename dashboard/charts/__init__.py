"""Charts: one per file. A frame and its facts in, a figure out (a plain dict: `plotly.express` costs 100 ms)."""
