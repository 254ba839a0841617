"""What anybody may know of a site by scanning its plate."""
