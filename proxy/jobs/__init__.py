"""Long jobs that are done part by part: in this process, over several, or over Ray's machines, with a forecast."""
