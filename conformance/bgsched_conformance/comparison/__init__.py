"""
Several implementations, or releases of one, side by side.
"""
