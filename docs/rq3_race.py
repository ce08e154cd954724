"""Of two workers that finish at the same moment, one may leave behind what it sets free (RQ 3.0.0).

redis-server --port 6399 --save ""; python rq3_race.py redis://localhost:6399 4    empties it first
"""

import math
import sys
from collections import Counter
from multiprocessing import get_context

from redis import Redis
from rq import Queue, SimpleWorker


def burst(url, start):
    worker = SimpleWorker(["default"], connection=Redis.from_url(url))
    start.wait()
    worker.work(burst=True, logging_level="WARNING")


if __name__ == "__main__":
    url, workers, fork = sys.argv[1], int(sys.argv[2]), get_context("fork")
    Redis.from_url(url).flushdb()
    queue, start = Queue(connection=Redis.from_url(url)), fork.Barrier(workers)
    firsts = [queue.enqueue(math.sqrt, 4) for _ in range(150)]
    seconds = [queue.enqueue(math.sqrt, 9, depends_on=first) for first in firsts]
    processes = [fork.Process(target=burst, args=(url, start)) for _ in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print(dict(Counter(job.get_status().value for job in seconds)))
