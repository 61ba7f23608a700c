-- Alerts of one store, newest first.
CREATE INDEX ix_feed_alerts_of_store ON feed (store_id, seq) WHERE event_type = 'alert.raised';

-- The log of a webhook, whole or by state: its last column is the rowid, id, as
-- in every index. The log of all states is merged from it.
DROP INDEX ix_deliveries_log;
CREATE INDEX ix_deliveries_log ON deliveries (webhook_id, state);

-- The totals of lists, kept by triggers: the alerts of a store, '' standing for
-- all, and the deliveries of a webhook that have a state.
CREATE TABLE alert_totals (
	store_id TEXT NOT NULL PRIMARY KEY,
	alerts   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery_totals (
	webhook_id TEXT NOT NULL,
	state      TEXT NOT NULL,
	deliveries INTEGER NOT NULL,
	PRIMARY KEY (webhook_id, state)
) STRICT, WITHOUT ROWID;

INSERT INTO alert_totals SELECT '', COUNT(*) FROM feed WHERE event_type = 'alert.raised';
INSERT INTO alert_totals
SELECT store_id, COUNT(*) FROM feed WHERE event_type = 'alert.raised' AND store_id IS NOT NULL GROUP BY store_id;
INSERT INTO delivery_totals SELECT webhook_id, state, COUNT(*) FROM deliveries GROUP BY webhook_id, state;

CREATE TRIGGER tr_feed_alert_inserted AFTER INSERT ON feed WHEN NEW.event_type = 'alert.raised'
BEGIN
	INSERT INTO alert_totals SELECT value, 1 FROM json_each(json_array('', NEW.store_id)) WHERE value IS NOT NULL
	ON CONFLICT DO UPDATE SET alerts = alerts + 1;
END;

CREATE TRIGGER tr_feed_alert_deleted AFTER DELETE ON feed WHEN OLD.event_type = 'alert.raised'
BEGIN
	UPDATE alert_totals SET alerts = alerts - 1 WHERE store_id IN ('', OLD.store_id);
END;

CREATE TRIGGER tr_deliveries_inserted AFTER INSERT ON deliveries
BEGIN
	INSERT INTO delivery_totals VALUES (NEW.webhook_id, NEW.state, 1) ON CONFLICT DO UPDATE SET deliveries = deliveries + 1;
END;

CREATE TRIGGER tr_deliveries_state AFTER UPDATE OF state ON deliveries WHEN OLD.state <> NEW.state
BEGIN
	INSERT INTO delivery_totals VALUES (NEW.webhook_id, NEW.state, 1), (NEW.webhook_id, OLD.state, -1)
	ON CONFLICT DO UPDATE SET deliveries = deliveries + excluded.deliveries;
END;

-- A webhook that is deleted loses its deliveries, and then its totals.
CREATE TRIGGER tr_deliveries_deleted AFTER DELETE ON deliveries
BEGIN
	UPDATE delivery_totals SET deliveries = deliveries - 1 WHERE webhook_id = OLD.webhook_id AND state = OLD.state;
	DELETE FROM delivery_totals WHERE webhook_id = OLD.webhook_id AND state = OLD.state AND deliveries = 0;
END;
