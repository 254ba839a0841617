"""Tables: things registered by xlsx, and items exported as xlsx, CSV and EPCIS."""
