"""Stories in YAML: reading, checking, compiling to a plan, acting out and judging.  Runs in the face's process only.

The only part of the emulator that imports pydantic and ruamel.yaml; machines and their processes see a Plan.
"""
