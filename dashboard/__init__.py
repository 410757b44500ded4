"""The dashboard of Stacktide: how technologies rise and fall, drawn from the store."""
