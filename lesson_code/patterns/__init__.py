"""What has nothing to do with a queue: a workflow as data, an effect once, checkpoints."""
