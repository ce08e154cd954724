"""A real pipeline on real data: four years of Seattle's weather (see SOURCE.md)."""

from lesson_code.weather.pipeline import extract, process, report

__all__ = ["extract", "process", "report"]
