"""HTTP shared by all endpoints: requests, errors, paging, validation, rate limits, faults."""
