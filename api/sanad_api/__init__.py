"""Root package of the HTTP API and the portal: it may import sanad_node, nothing may import it."""
