"""How a command ends that cannot do what was asked for."""

import click


class Refused(click.ClickException):
    """The command cannot do what was asked for; it ends with exit code 2, like a wrong option."""

    exit_code = 2
