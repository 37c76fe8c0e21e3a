"""The engine `kernels`: the room for the compiled twin of the engine `agents`; not built yet."""
