"""What `doctor` looks at, one module a subject: each finds how something is, and what to do about it."""
