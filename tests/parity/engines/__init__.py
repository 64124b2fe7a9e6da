"""Every way to evaluate a plan, behind one small interface."""
