"""The README's table of sources is that of the catalogue."""

from pathlib import Path

from etl.catalog import Catalog

README = Path(__file__).resolve().parents[2] / "README.md"


def test_every_source_with_its_licence(entries: Catalog) -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    first = lines.index("| source | publisher | licence | embedded |") + 2
    table = lines[first : first + len(entries.sources)]
    assert table == [
        f"| [{s.title}]({s.homepage}) | {s.publisher} | {s.licence.title} | {'yes' if s.passed_on else 'no'} |"
        for s in entries.sources
    ]
    assert not "".join(lines[first + len(table) :][:1]).startswith("|")
