"""Redis or Valkey, and only here: the accepted stream, and the present, rebuildable at any time from `store`."""
