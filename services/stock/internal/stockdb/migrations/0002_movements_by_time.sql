-- A row's movements by time, to answer what its quantity was. Since this
-- version they never go back in time within a row; those from before are given
-- the latest time so far.
UPDATE movements SET created_at = latest.at
FROM (
	SELECT seq, MAX(created_at) OVER (PARTITION BY product_id, store_id ORDER BY seq) AS at FROM movements
) AS latest
WHERE latest.seq = movements.seq AND latest.at <> movements.created_at;

-- Its last column is the rowid, seq, as in every index.
DROP INDEX ix_movements_product_id_store_id;
CREATE INDEX ix_movements_product_id_store_id_created_at ON movements (product_id, store_id, created_at);
