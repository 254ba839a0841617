"""Positions between WGS 84 and GCJ-02, the system of all maps in China."""
