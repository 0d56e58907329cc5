"""What the paper account of each underlying did and holds."""
