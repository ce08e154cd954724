"""A real pipeline on real data: four years of Seattle's weather (see SOURCE.md)."""

from lesson_code.worlds.weather.pipeline import (
    aggregate_results,
    check_days,
    extract,
    process,
    report,
    summarise,
)

__all__ = ["aggregate_results", "check_days", "extract", "process", "report", "summarise"]
