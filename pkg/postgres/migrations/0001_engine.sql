-- One record for each writer: the number of the last group that it has committed.
-- It is how a writer learns what became of a COMMIT whose response was lost.
CREATE TABLE writer_groups (
	writer       UUID PRIMARY KEY,
	number       BIGINT NOT NULL,
	committed_at TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 50);

-- Who does what once. A higher epoch is a later holder.
CREATE TABLE leases (
	role       TEXT COLLATE "C" PRIMARY KEY,
	holder     TEXT COLLATE "C" NOT NULL,
	epoch      BIGINT NOT NULL CHECK (epoch > 0),
	expires_at TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 50);

-- Ends a group whose statement did not find the records that the group has read.
CREATE FUNCTION expect_records(changed BIGINT, wanted BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
BEGIN
	IF changed <> wanted THEN
		RAISE EXCEPTION 'a statement changed % records where the group has read %', changed, wanted
			USING ERRCODE = 'serialization_failure';
	END IF;
	RETURN TRUE;
END $$;
