"""What keys and clicks do, by what they are for: mixins of dmtui.actions.Actions (UI thread)."""
