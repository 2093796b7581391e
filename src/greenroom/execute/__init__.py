"""How tests are carried out: in this process, or in worker processes."""
