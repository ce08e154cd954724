"""Pictures of a Run, of a Fate and of all Fates.

They are pure functions of the record, and return SVG with an exact twin in text.
"""

from lesson_code.lab.pictures.crash_map import crash_map
from lesson_code.lab.pictures.graph import job_graph
from lesson_code.lab.pictures.lanes import lanes
from lesson_code.lab.pictures.svg import Picture
from lesson_code.lab.pictures.timeline import timeline

__all__ = ["Picture", "crash_map", "job_graph", "lanes", "timeline"]
