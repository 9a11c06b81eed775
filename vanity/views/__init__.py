"""One module a subject; each view is a guard, a form, one domain call, a rendering."""
