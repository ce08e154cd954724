"""What a teacher takes along: slides of a plan, and a handout."""
