"""Checklists: versioned templates, and what answers to them mean."""
