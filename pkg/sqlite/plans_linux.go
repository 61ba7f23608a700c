package sqlite

/*
// Functions of SQLite itself, which the driver links into the same program. They are
// weak because cgo links each package alone before it links the program.
struct sqlite3;
__attribute__((weak)) int sqlite3_db_config(struct sqlite3 *db, int operation, ...);
__attribute__((weak)) int sqlite3_auto_extension(void (*entry)(void));

static int keep_plans(struct sqlite3 *db, char **message, const void *api) {
	const int enable_qpsg = 1007; // SQLITE_DBCONFIG_ENABLE_QPSG
	return sqlite3_db_config(db, enable_qpsg, 1, (int *)0);
}

static int keep_plans_of_connections(void) {
	if (!sqlite3_db_config || !sqlite3_auto_extension) return 1; // SQLITE_ERROR
	return sqlite3_auto_extension((void (*)(void))keep_plans);
}
*/
import "C"

import (
	"fmt"
	"sync"
)

// keepPlans lets every connection that is opened later keep the plan of a prepared
// statement: SQLite's query planner stability guarantee, for which the driver has no
// setting. See docs/decisions/0050.
var keepPlans = sync.OnceValue(func() error {
	if result := C.keep_plans_of_connections(); result != 0 {
		return fmt.Errorf("keep the plans of statements: SQLite reports %d", int(result))
	}
	return nil
})
