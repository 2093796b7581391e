"""Results for Kiwi TCMS: a journal that the run writes, and a process of its own that delivers it."""
