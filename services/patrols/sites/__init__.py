"""Sites: outlets and venues as patrols see them."""
