"""What host backends call, with a backend key as bearer."""
