"""The staffed window (人工窗口): bookings for people without a phone, and the slip that they carry to the gate."""
