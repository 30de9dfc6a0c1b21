"""From texts on the wire to typed columns."""
