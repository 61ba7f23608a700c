// Package observability compares the alert rules, the runbook and the dashboards
// with each other and with the metrics of a running system.
package observability
