"""Many answers at once: what a reader may see, since when, who may see an item, and what a change would change.

Roaring bitmaps over *classes*: a class is one case that the decision can be asked about (a claim, its state in a label,
whether it is the item's own). A change of policy re-judges classes, never items. Only `core.decision` judges.
"""
