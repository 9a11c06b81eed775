"""The gateway's SQL, one module an engine, and the values it is given and gives."""
