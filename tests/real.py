"""The real server of the tests: the one at REDIS_URL, else the lesson's own, if it has one here."""

import os

import pytest

from lesson_code.lab.server.own import NoOwnServer, own_server

WHY = ""
try:
    OWN = own_server()
except NoOwnServer as why:
    OWN, WHY = "", str(why)
URL = os.environ.get("REDIS_URL", "").strip() or OWN

real = pytest.mark.skipif(not URL, reason=f"needs a real Redis: set REDIS_URL, as {WHY}")
own = pytest.mark.skipif(not OWN, reason=WHY)
