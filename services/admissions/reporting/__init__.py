"""What the main system is told of admissions: how many went in where on a day."""
