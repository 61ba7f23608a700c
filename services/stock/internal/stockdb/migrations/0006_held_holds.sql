-- The holds that are held, among those that are over: reservation walks them.
CREATE INDEX ix_holds_held ON holds (created_at, reservation_id) WHERE state = 'held' AND line = 0;
