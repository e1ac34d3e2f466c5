"""The handlers of the API operations, grouped by resource."""
