"""What domains publish and others rely on; a published version is never edited, the next stands beside it."""
