"""Fair release: for days that staff mark, requests are collected and places drawn by lot, so that anybody can check."""
