"""RQ workers with a bug. They are in a module, because a process has to import them."""

import os
import signal
import time

from lesson_code.lab.stage.processes import RecordingWorker


class Broken(Exception):
    pass


class LeavesAtOnce(RecordingWorker):
    def work(self, *args, **kwargs):
        return True


class NeverRegisters(RecordingWorker):
    def work(self, *args, **kwargs):
        time.sleep(60)


class IsKilled(RecordingWorker):
    def execute_job(self, job, queue):
        os.kill(os.getpid(), signal.SIGKILL)


class CannotTakeJobs(RecordingWorker):
    def dequeue_job_and_maintain_ttl(self, *args, **kwargs):
        raise Broken("no job is to be had")


class StartsBadly(RecordingWorker):
    def _record(self, connection, job, what):
        raise Broken("the start cannot be noted")


class EndsBadly(RecordingWorker):
    def _record(self, connection, job, what):
        if what != "started":
            raise Broken("the end cannot be noted")
