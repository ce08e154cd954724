"""Who runs when: workers in threads, in processes, on an event loop."""
