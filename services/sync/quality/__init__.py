"""How good records are: complete, valid, timely and consistent, measured for every kind."""
