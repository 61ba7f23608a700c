// Package observability holds the alert rules, the runbook and the dashboards
// against each other and against the metrics of a running system.
package observability
