"""What a competent person writes in a day on the SDK, and the least that any program must do."""
