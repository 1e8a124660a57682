"""The demonstration: a small lake of real flights, a pipeline step, faults to plant."""
