"""An answer, compiled so that the turns of its loops and its function calls are counted."""

import ast
from types import CodeType
from typing import TypeVar

FILE = "<your answer>"  # the file name of each answer
TICK = "__tick__"  # among the answer's builtins: the function that is called at each turn

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
LOOPS = ast.For | ast.AsyncFor | ast.While
Node = TypeVar("Node", bound=ast.AST)


def compile_counted(source: str, file: str) -> CodeType:
    """Compile the source so that TICK is called at each turn of a loop, and in each function.

    Line numbers and docstrings stay as they are. Raises SyntaxError.
    """
    tree = ast.parse(source, file)
    for node in [*ast.walk(tree)]:  # no recursion: an expression may be deeply nested
        if isinstance(node, LOOPS):
            node.body.insert(0, _statement(node))
        elif isinstance(node, FUNCTIONS):
            has_docstring = ast.get_docstring(node, clean=False) is not None
            node.body.insert(has_docstring, _statement(node))
        elif isinstance(node, ast.Lambda):
            both = ast.BoolOp(ast.And(), [_tick(node.body), node.body])
            node.body = _placed(both, node.body)
        elif isinstance(node, ast.comprehension):
            node.ifs.insert(0, _tick(node.iter))
    return compile(tree, file, "exec")


def _statement(at: ast.AST) -> ast.Expr:
    return _placed(ast.Expr(_tick(at)), at)


def _tick(at: ast.AST) -> ast.Call:
    return _placed(ast.Call(_placed(ast.Name(TICK, ast.Load()), at), [], []), at)


def _placed(new: Node, at: ast.AST) -> Node:
    return ast.copy_location(new, at)
