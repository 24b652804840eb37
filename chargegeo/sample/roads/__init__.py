"""Made-up roads over the real sequence of places, drawn as a map would hold them."""
