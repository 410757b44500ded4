"""The commands of the command line, one group per module; `etl.cli` puts them together."""
