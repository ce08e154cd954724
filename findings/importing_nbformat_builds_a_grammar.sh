#!/usr/bin/env bash
# `import nbformat` takes ten times as long once `jsonschema[format-nongpl]` is installed, which
# JupyterLab requires (through jupyter_events). jsonschema 4.26.0 then imports rfc3987-syntax 1.1.0,
# which builds a Lark parser for IRIs at import. nbformat 5.11.1 never checks an IRI.
#
# What it means: each start of pytest with nbval, and each worker of pytest-xdist, spends about a
# second on that parser. Fewer, longer pytest processes are cheaper than many short ones.
#
# Seen on 2026-11-29 with Python 3.11.7:
#   without the extra: lark is not imported
#   with the extra:    lark is imported, and rfc3987_syntax takes 89 % of the import of nbformat
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' TERM
python3 -m venv "$folder/venv"
ask() {
    "$folder/venv/bin/python" -X importtime -c '
import sys
import nbformat
print("lark" in sys.modules)' 2>"$folder/times"
}
share() {
    awk -F'|' '
        {gsub(/ /, "", $3)}
        $3 == "rfc3987_syntax" {part = $2}
        $3 == "nbformat" {all = $2}
        END {printf "%d", 100 * part / all}' "$folder/times"
}

"$folder/venv/bin/pip" install --quiet nbformat==5.11.1 jsonschema==4.26.0
[ "$(ask)" = False ] || { echo "changed: lark is imported without the extra"; exit 1; }
echo "without the extra: lark is not imported"

"$folder/venv/bin/pip" install --quiet "jsonschema[format-nongpl]==4.26.0" rfc3987-syntax==1.1.0 lark==1.3.1
[ "$(ask)" = True ] || { echo "changed: lark is not imported with the extra"; exit 1; }
part=$(share)
[ "$part" -ge 50 ] || { echo "changed: rfc3987_syntax takes only $part % of the import"; exit 1; }
echo "with the extra:    lark is imported, and rfc3987_syntax takes $part % of the import of nbformat"
