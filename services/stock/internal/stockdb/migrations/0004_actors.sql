-- Who made a change: the name of an API key, or of a service that acted by
-- itself. Movements of the releases before have none.
ALTER TABLE movements ADD COLUMN actor TEXT;

-- The movements of one actor in a row, by time.
CREATE INDEX ix_movements_product_id_store_id_actor_created_at ON movements (product_id, store_id, actor, created_at)
	WHERE actor IS NOT NULL;
