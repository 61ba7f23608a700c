module inventory.example/test

go 1.26.0

require (
	inventory.example/pkg v0.0.0
	inventory.example/services/catalog v0.0.0
	inventory.example/services/reservation v0.0.0
	inventory.example/services/stock v0.0.0
)

require (
	github.com/mattn/go-sqlite3 v1.14.53 // indirect
	go.uber.org/goleak v1.3.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace (
	inventory.example/pkg => ../pkg
	inventory.example/services/catalog => ../services/catalog
	inventory.example/services/reservation => ../services/reservation
	inventory.example/services/stock => ../services/stock
)
