"""The portal: server-rendered pages in English and Urdu, small ES modules, nothing from another host."""
