"""The lab's commands for a Redis of your own: `python -m lesson_code.lab --help`."""

from importlib import import_module
from importlib.util import find_spec

import click

COMMANDS = {
    "explain": "lesson_code.lab.commands.explain:explain",
    "draw": "lesson_code.lab.commands.draw:draw",
    "prove": "lesson_code.lab.commands.prove:prove",
}


class Lazy(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for name, place in COMMANDS.items() if find_spec(place.partition(":")[0])]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        module, _, function = COMMANDS[name].partition(":")
        return getattr(import_module(module), function)


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def main() -> None:
    """Explain, draw and prove your own jobs of RQ and ARQ."""


if __name__ == "__main__":
    main(prog_name="python -m lesson_code.lab")
