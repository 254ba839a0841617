"""Patrols: places are scanned, checked by checklist, and followed until what was found is put right."""
