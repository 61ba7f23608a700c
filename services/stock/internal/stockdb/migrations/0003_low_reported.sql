-- Whether a row has had its stock.low and has not recovered since. Of the rows
-- that are low, those had theirs that ever had one: the others were low from
-- the start, and their next change reports them. A row that is not low now is
-- reported when it becomes low again. 10 is ledger.DefaultReorderPoint.
ALTER TABLE stock ADD COLUMN low_reported INTEGER NOT NULL DEFAULT 0 CHECK (low_reported IN (0, 1));

UPDATE stock SET low_reported = 1
WHERE quantity - reserved <= COALESCE(reorder_point, 10)
	AND (product_id, store_id) IN (SELECT aggregate_id, store_id FROM outbox WHERE event_type = 'stock.low');
