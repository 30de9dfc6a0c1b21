"""What people ask of the target, one module per command; ``cli`` says which there are."""
