"""All that can happen to the slots of a venue, in any order: the real thing beside a model."""
