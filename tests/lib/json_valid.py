#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""json_valid.py SCHEMA [FILE]: every line of the file, or of the input, is a document that the schema allows, or COMMAND, a tab
and a document that the property COMMAND of the schema allows. Says which line is wrong, and why. SCHEMA is what `vxe schema`
has printed."""
import json
import sys

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validators = {"": Draft202012Validator(schema)}
wrong = lines = 0
for line in open(sys.argv[2], encoding="utf-8") if len(sys.argv) > 2 else sys.stdin:
    command, _, text = line.rstrip("\n").rpartition("\t")
    lines += 1
    if command not in validators:
        part = {"$defs": schema["$defs"], **schema["properties"][command]}
        validators[command] = Draft202012Validator(part)
    error = best_match(validators[command].iter_errors(json.loads(text)))
    if error:
        wrong += 1
        print(f"{command}: {error.json_path}: {error.message[:500]}")
if not lines:
    print("no document")
sys.exit(bool(wrong) or not lines)
