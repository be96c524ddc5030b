"""`comity …`: what people and scripts type."""
