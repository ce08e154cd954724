"""Pictures of a Run: pure functions of the record, as SVG with an exact twin in text."""

from lesson_code.lab.pictures.graph import job_graph
from lesson_code.lab.pictures.svg import Picture
from lesson_code.lab.pictures.timeline import timeline

__all__ = ["Picture", "job_graph", "timeline"]
