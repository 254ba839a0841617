"""A week in the field: inspectors, owners and officers over real HTTP, with phones that lose network and are killed."""
