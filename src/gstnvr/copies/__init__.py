"""The process that makes copies of segments at other places, and brings them back."""
