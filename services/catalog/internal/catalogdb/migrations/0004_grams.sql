-- The search for a text. A gram is one, two or three characters of a search_text
-- that follow each other on one line, or up to 24 that many products of the block
-- have. A gram that begins with a line feed is that and a category. Block n has the
-- products with the rowids from n blocks on: rowids have no gaps, because no product
-- loses its row. A block is written when its last product is; the products after the
-- last block are searched in their rows. Open writes the blocks of what a release
-- before left.
CREATE TABLE product_blocks (
	block    INTEGER PRIMARY KEY,
	first_id TEXT NOT NULL, -- the least of its ids, which grow with the rowids but for those of one moment
	last_id  TEXT NOT NULL
) STRICT;

CREATE TABLE product_grams (
	gram    TEXT NOT NULL,
	block   INTEGER NOT NULL,
	members BLOB NOT NULL, -- the products of the block that have the gram, see catalogdb.members
	PRIMARY KEY (gram, block)
) STRICT, WITHOUT ROWID;
