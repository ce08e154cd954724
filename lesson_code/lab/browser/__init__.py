"""Substitutes for threads and for Lua in a browser: the only room that knows Pyodide."""

from lesson_code.lab.browser import lua, stacks

lua.install()
stacks.install()
