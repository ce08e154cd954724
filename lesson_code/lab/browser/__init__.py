"""What a browser has in the place of threads and of Lua: the only room that knows of Pyodide."""

from lesson_code.lab.browser import lua, stacks

lua.install()
stacks.install()
