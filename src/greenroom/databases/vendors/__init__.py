"""How each kind of database is made, copied, marked and dropped."""
