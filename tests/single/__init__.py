"""A package, so that the shop of its tests ends with them: fixtures of the scope `package` need one."""
