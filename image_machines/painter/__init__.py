"""How the built-in collection is painted: brushwork -> heads, forms, scenery -> the three kinds -> works."""
