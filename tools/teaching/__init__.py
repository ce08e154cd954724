"""Material for a teacher: slides of a plan, and a handout."""
