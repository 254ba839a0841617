"""Ratings (好差评) of visits: one a visit, by nobody's name; bad ones are tickets with a deadline."""
