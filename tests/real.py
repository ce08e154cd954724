"""The real server of the tests: the one at REDIS_URL, else the lesson's own, if it has one here."""

import os

import pytest

from lesson_code.lab.server.own import NoOwnServer, own_server

WHY = ""
try:
    URL = os.environ.get("REDIS_URL", "").strip() or own_server()
except NoOwnServer as why:
    URL, WHY = "", str(why)

real = pytest.mark.skipif(not URL, reason=f"needs a real Redis, and {WHY}")
