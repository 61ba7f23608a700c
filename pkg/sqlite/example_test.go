package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing/fstest"

	"inventory.example/pkg/sqlite"
)

// A change reads, decides and writes; when it returns an error, nothing of it
// is stored.
func ExampleDB_Write() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(folder, "shop.db")}, sqlite.Component{
		Name: "shop", FS: fstest.MapFS{"migrations/0001_rows.sql": {Data: []byte(`
			CREATE TABLE rows (product_id TEXT PRIMARY KEY, quantity INTEGER NOT NULL) STRICT;
			INSERT INTO rows VALUES ('TEA', 9)`)}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()

	sell := func(units int64) (left int64, err error) {
		err = db.Write(ctx, func(tx *sqlite.Tx) error {
			if err := tx.QueryRow(`SELECT quantity FROM rows WHERE product_id = 'TEA'`).Scan(&left); err != nil {
				return err
			}
			left -= units
			if _, _, err := tx.Exec(`UPDATE rows SET quantity = ? WHERE product_id = 'TEA'`, left); err != nil {
				return err
			}
			if left < 0 {
				return errors.New("too few")
			}
			return nil
		})
		return left, err
	}
	fmt.Println(sell(4))
	_, err = sell(6)
	fmt.Println(err)
	fmt.Println(sell(0))
	// Output:
	// 5 <nil>
	// too few
	// 5 <nil>
}
