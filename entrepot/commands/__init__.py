"""The commands of the command line, one module a group: each reads its arguments and calls what tests call too."""
