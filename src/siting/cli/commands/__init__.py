"""The commands as a person types them: arguments, options, help; `siting -h` loads nothing else.

Each hands what was typed to the module that does the work, which is loaded only then.
"""
