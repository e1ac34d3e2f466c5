"""Response bodies, built by pure functions that know no request and no server."""
