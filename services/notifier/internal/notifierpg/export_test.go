package notifierpg

// Statements are the frequent statements of the package, by their names.
func Statements() map[string]string {
	return map[string]string{
		"load entries": entries.Load, "last seq": lastSeq.Load, "listening": listening.Load, "newest": sqlNewestRecords,
		"next": sqlNext, "queued": sqlQueuedAfter, "document": sqlDocument, "finish": sqlFinish, "unblock": sqlUnblock, "orphan": sqlOrphan,
		"purge of a webhook": sqlPurgeDeliveries, "purge of finished": sqlPurgeFinished, "delivery": sqlDelivery,
		"old entries": sqlOldFeed, "purge of entries": sqlPurgeFeed, "entries": sqlEntries,
		"purge of quiet periods": sqlPurgeRaised, "last raised": sqlLastRaised, "count": sqlCountNear, "before": sqlBefore, "after": sqlAfter,
		"within": sqlWithin, "newest of a series": sqlNewestOf, "range": sqlRecordedAfter, "queue": sqlQueue, "queue for one": sqlQueueFor,
		"replay": sqlRest, "alerts": sqlAlerts, "alerts of stores": sqlAlertsOf, "total of alerts": sqlTotalAlerts,
		"log": sqlLogged, "total of the log": sqlTotalLogged, "webhooks": sqlWebhooks, "rules": sqlRules,
	}
}
