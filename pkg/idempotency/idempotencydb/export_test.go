package idempotencydb

// Retention is retention, for tests.
const Retention = retention

// Purge is purge, for tests.
var Purge = purge
