"""extract -> process -> report: three plain functions, each taking what the one before returns."""

import csv
from pathlib import Path
from statistics import mean

FOLDER = Path(__file__).parent
NUMBERS = ("precipitation", "temp_max", "temp_min", "wind")


def extract(name: str = "seattle-weather.csv") -> list[dict]:
    """Read the file `name` of this folder: one dict a day.

    Each has `date` ("2012/01/31"), `precipitation` (mm), `temp_max` and `temp_min` (°C),
    `wind` (m/s) and `weather` ("rain", "sun", ...).

    Raises FileNotFoundError for an unknown name, ValueError for a line that cannot be read.
    """
    file = FOLDER / name
    if not file.exists():
        there = ", ".join(sorted(path.name for path in FOLDER.glob("*.csv")))
        raise FileNotFoundError(f"no data file {name!r}; there is: {there}")
    with file.open(encoding="utf-8", newline="") as lines:
        return [_day(number, row) for number, row in enumerate(csv.DictReader(lines), start=2)]


def _day(number: int, row: dict) -> dict:
    try:
        return {**row, **{name: float(row[name]) for name in NUMBERS}}
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"line {number} cannot be read: {dict(row)}") from error


def process(days: list[dict]) -> dict[str, dict]:
    """Sum up each year. Returns {"2012": {"days": 366, "rain_mm": ..., ...}, ...}."""
    years = sorted({day["date"][:4] for day in days})
    return {year: _summary([day for day in days if day["date"][:4] == year]) for year in years}


def _summary(days: list[dict]) -> dict:
    hottest = max(days, key=lambda day: day["temp_max"])
    return {
        "days": len(days),
        "wet_days": sum(day["precipitation"] > 0 for day in days),
        "rain_mm": round(sum(day["precipitation"] for day in days), 1),
        "mean_high": round(mean(day["temp_max"] for day in days), 1),
        "hottest": hottest["temp_max"],
        "hottest_on": hottest["date"],
    }


def summarise(days: list[dict], period: str) -> dict[str, dict]:
    """Sum up the days of a year, "2012", or of a month, "2012/07".

    Raises ValueError when there is no day of that period.
    """
    chosen = [day for day in days if day["date"].startswith(period)]
    if not chosen:
        raise ValueError(f"there is no day of {period}")
    return {period: _summary(chosen)}


def aggregate_results(*summaries: dict[str, dict]) -> dict[str, dict]:
    """Put summaries of different periods together, in the order of time."""
    merged = {name: sums for part in summaries for name, sums in part.items()}
    return dict(sorted(merged.items()))


def check_days(days: int, years: dict[str, dict]) -> str:
    """Compare the number of days that went in with those that were summed up.

    Raises ValueError when a day was lost or counted twice.
    """
    counted = sum(summary["days"] for summary in years.values())
    if counted != days:
        raise ValueError(f"{days:,} days went in, {counted:,} were counted")
    return f"{counted:,} days, each counted once"


def report(years: dict[str, dict]) -> str:
    """Write what `process` returns as a table, with two sentences on what it shows (mm, °C).

    Raises ValueError when there is no year to report.
    """
    if not years:
        raise ValueError("nothing to report: there is no year")
    wettest = max(years, key=lambda year: years[year]["rain_mm"])
    hottest = max(years, key=lambda year: years[year]["hottest"])
    rows = [
        f"{year}  {s['days']:4}  {s['wet_days']:8}  {s['rain_mm']:7.1f}  {s['mean_high']:9.1f}"
        f"  {s['hottest']:7.1f} on {s['hottest_on']}"
        for year, s in years.items()
    ]
    return "\n".join(
        [
            "year  days  wet days  rain mm  mean high  hottest",
            *rows,
            f"The wettest year was {wettest}: {years[wettest]['rain_mm']} mm of rain.",
            f"The hottest day was {years[hottest]['hottest_on']}: {years[hottest]['hottest']} °C.",
        ]
    )
