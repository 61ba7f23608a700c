module inventory.example/cmd

go 1.26.0

require (
	inventory.example/pkg v0.0.0
	inventory.example/services/catalog v0.0.0
	inventory.example/services/stock v0.0.0
	inventory.example/services/reservation v0.0.0
)

replace (
	inventory.example/pkg => ../pkg
	inventory.example/services/catalog => ../services/catalog
	inventory.example/services/stock => ../services/stock
	inventory.example/services/reservation => ../services/reservation
)
