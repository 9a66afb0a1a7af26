cobra_unit(space LIBRARIES cobra_ops)
