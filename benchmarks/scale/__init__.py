"""How far the program goes on PostgreSQL: making a send, its status, jobs, two hosts, and a simulation of many."""
