"""The view of all use cases, by field."""

from typing import Any

from dashboard.data import Data
from dashboard.views.asking import asked
from dashboard.views.fields import fields


def use_cases_view(data: Data, query: str) -> dict[str, Any]:
    """Fields with their use cases as tiles: title, address, definition, and how many technologies have it.

    Raises StoreError when there is no store.
    """
    asking = asked(data, query)
    catalog = asking.snapshot.catalog
    many = {u.id: sum(u.id in t.use_cases for t in catalog.technologies) for u in catalog.use_cases}
    return {
        "state": data.snapshot().key,
        "query": asking.query(),
        "message": asking.message(),
        "subtitle": f"{len(catalog.use_cases)} use cases; each page ranks the languages and frameworks of one.",
        "fields": [
            {
                "id": field,
                "title": title,
                "use_cases": [
                    {
                        "title": u.title,
                        "href": f"/use-case/{u.id}",
                        "text": u.definition,
                        "remark": f"{many[u.id]} technologies",
                    }
                    for u in members
                ],
            }
            for field, title, members in fields(catalog)
        ],
    }
