"""One screen a file. Screens wire widgets to the link and the world; each is imported when it is first opened."""
