"""What the command line accepts, without the code of the commands: options, suggestions, colours, completion."""
