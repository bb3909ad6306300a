"""What is written from the code: the published schemas, the page of error codes, the page of configuration keys."""
