"""From collected tests to the data that the rest of the run decides by."""
