"""The costs of the lesson, as ratios to an earlier commit, both measured in turn; its helpers."""
