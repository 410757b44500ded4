"""On how many a figure rests, counted in the head."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard.analysis.cases import cases, enough
from dashboard.analysis.figures import Figures, figures
from dashboard.data import Data

NAN = float("nan")


def of(data: Data, indicator: str, construct: str, values: list[float], asked: float) -> Figures:
    found = figures(data.snapshot().frame, data.snapshot().catalog, indicator)
    period = found.values.index[-1:]
    wide = pd.DataFrame([values], index=period, columns=["python", "go", "django"])
    entry = found.indicator.model_copy(update={"construct": construct})
    samples = wide * 0 + asked
    return replace(found, indicator=entry, values=wide, samples=samples, stretch=np.zeros(1, dtype="int64"))


@pytest.mark.parametrize(
    ("indicator", "construct", "values", "asked", "behind", "told"),
    [
        ("pushers", "people", [100.0, 99.0, NAN], NAN, [100, 99], [True, False]),
        ("pushers", "hiring", [10.0, 9.0, NAN], 1000, [10, 9], [True, False]),
        ("pushers", "installs", [10.0, 9.0, NAN], NAN, [NAN, NAN], [True, True]),
        ("searched", "survey use and sentiment", [10.0, 4.9, NAN], 200, [20, 9.8], [True, False]),
        ("searched", "survey use and sentiment", [10.0, 4.9, NAN], NAN, [NAN, NAN], [True, True]),
    ],
)
def test_cases_are_people_posts_or_respondents(
    data: Data, indicator: str, construct: str, values: list[float], asked: float, behind: list[float], told: list[bool]
) -> None:
    f = of(data, indicator, construct, values, asked)
    found = cases(f, ["python", "go", "django"])
    assert list(found.index) == ["python", "go"]
    assert found.tolist() == pytest.approx(behind, nan_ok=True)
    assert enough(f, found).tolist() == told
