"""The lesson in a browser tab: a folder of static files, without Python, server or network."""
